// One file on its way to the server, in pieces that the server acknowledges: POST begins, PATCH sends a piece behind those that
// are there, GET says how many are. A lost connection is tried again, later and later, and at once when the browser is online.
import { Lost, Refused, ask, fresh, pause, send } from "./upload-wire.js";

const LONGEST_PAUSE = 30; // seconds
const FORGOTTEN = "It was not finished in time. Choose the file again";
const UNREADABLE = "The file has changed or cannot be read any more. Choose it again";

/** States: waiting, sending, lost, failed, stopped (without its bytes), done, refused (there, and not for what it was sent for), cancelled. Each change is an event "change". */
export class Upload extends EventTarget {
  state = "waiting";
  why = ""; // it failed
  result = null; // what the server says of the file once it is there: {file, href, name, sha256, bytes}
  offset = 0; // bytes that have arrived
  moved = 0; // bytes that have left
  once = fresh(); // an answer that was lost does not begin it twice
  #stop = new AbortController();
  #certain = false;
  #pause = null;

  /** `url` is where uploads begin, `key` the zone it came by; `id` and `chunk` are known of one that goes on. */
  constructor({ url, key, name, path = "", bytes, file = null, fields = null, id = null, chunk = 0 }) {
    super();
    Object.assign(this, { url, key, name, path, bytes, file, fields, id, chunk });
  }

  get #at() { return `${this.url}/${this.id}`; }
  get busy() { return ["waiting", "sending", "lost"].includes(this.state); }

  #to(state, why = "") {
    if (this.state === "cancelled") return;
    Object.assign(this, { state, why });
    this.dispatchEvent(new Event("change"));
  }

  /** How much of one is there that began before the page was loaded; false if the server knows it no more. */
  async look() {
    const there = await this.#ask().then(() => true, (why) => why instanceof Lost);
    if (there && !this.result) this.#to(this.file ? "waiting" : "stopped");
    return there;
  }

  /** It may be sent, as soon as it is its turn. */
  queue() { this.#to("waiting"); }

  /** Sends what is missing; settles when nothing is left to do without a person. */
  async run() {
    this.#to("sending");
    for (let seconds = 1; this.busy; seconds = Math.min(seconds * 2, LONGEST_PAUSE)) {
      try {
        if (this.id === null) await this.#begin();
        else if (!this.#certain) await this.#ask();
        while (!this.result) {
          await this.#piece();
          seconds = 1;
        }
        this.#to(this.result.kept ? "refused" : "done", this.result.kept);
      } catch (why) {
        this.#certain = false;
        if (why instanceof Lost) await this.#rest(why.pause ?? seconds);
        else if (why.status !== 404 || this.id === null) this.#to("failed", why.message);
        else if (!this.fields) this.#to("failed", FORGOTTEN);
        else Object.assign(this, { id: null, once: fresh() }).#arrived(0); // the server knows it no more
      }
    }
  }

  /** Tries now what waits for its next try. */
  wake() { this.#pause?.end(); }

  async cancel() {
    this.#to("cancelled");
    this.#stop.abort();
    this.wake();
    if (this.id !== null && !this.result) await ask(`${this.#at}/cancel`, "POST").catch(() => {});
  }

  async #begin() {
    const own = { name: this.path ? `${this.path}/${this.name}` : this.name, bytes: this.bytes, once: this.once };
    const body = new URLSearchParams([...this.fields, ...Object.entries(own)]);
    const { json } = await ask(this.url, "POST", { body, signal: this.#stop.signal });
    Object.assign(this, { id: json.id, chunk: json.chunk });
    this.#arrived(json.offset);
    this.dispatchEvent(new Event("begun"));
  }

  async #ask() {
    const { json, offset } = await ask(this.#at, "GET", { signal: this.#stop.signal });
    if (json?.file) this.result = json; // the last answer was lost, not the file
    this.#arrived(json?.file ? this.bytes : offset);
  }

  async #piece() {
    const piece = await this.file.slice(this.offset, this.offset + this.chunk).arrayBuffer()
      .catch(() => { throw new Refused(UNREADABLE); });
    const moved = (bytes) => this.#moves(this.offset + Math.min(bytes, piece.byteLength));
    const { status, json, offset } = await send(this.#at, this.offset, piece, { moved, signal: this.#stop.signal });
    if (status === 200) this.result = json;
    this.#arrived(status === 200 ? this.bytes : offset);
  }

  #arrived(offset) {
    if (!(offset >= 0 && offset <= this.bytes)) throw new Refused(UNREADABLE);
    this.#certain = true;
    this.offset = offset;
    this.#moves(offset);
  }

  #moves(bytes) {
    this.moved = bytes;
    this.dispatchEvent(new Event("progress"));
  }

  async #rest(seconds) {
    this.#to("lost");
    this.#pause = pause(seconds);
    await this.#pause.over;
    this.#to("sending");
  }
}
