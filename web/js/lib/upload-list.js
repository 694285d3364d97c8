// The uploads of one <file-drop>: their lines, a few at a time on their way, and what was left from before the page was loaded.
import { size } from "./measure.js";
import { announce } from "./page.js";
import { Upload } from "./upload.js";
import { row } from "./upload-row.js";
import { forget, hold, isSame, remember, remembered } from "./upload-store.js";

const AT_ONCE = 3; // more connections than that would leave none for the page

export class UploadList {
  #all = [];
  #place;
  #done = [];
  #kept;

  /** `place`: {url, key under which they are remembered, limit and in words: largest, template, list}. `changed` hears of each change, `finished` what was added once nothing is left. */
  constructor(place, { changed, finished, choose }) {
    this.#place = { ...place, changed, finished, choose };
    this.#kept = `added ${place.key}`;
  }

  in = (...states) => this.#all.filter(({ state }) => states.includes(state));

  get busy() { return this.in("waiting", "sending", "lost").length > 0; }
  get empty() { return this.#all.length === 0; }

  /** A file that somebody chose: it goes on, or is listed and waits for `send`. */
  add({ file, path }) {
    const lacking = this.in("stopped").find((upload) => isSame(upload, file));
    if (lacking) return Object.assign(lacking, { file }).queue();
    const upload = new Upload({ url: this.#place.url, key: this.#place.key, name: file.name, path, bytes: file.size, file });
    const { limit } = this.#place;
    const large = limit > 0 && file.size > limit;
    const why = `The file is ${size(file.size)}. The limit is ${this.#place.largest}`;
    this.#show(Object.assign(upload, large ? { state: "failed", final: true, why } : { state: "new" }));
  }

  /** Sends what is listed, with what the form says now. */
  send(fields) {
    for (const upload of this.in("new")) Object.assign(upload, { fields }).queue();
  }

  /** Goes on with what began before this page was loaded, as far as its bytes are still at hand. */
  async goOn() {
    const before = sessionStorage.getItem(this.#kept);
    sessionStorage.removeItem(this.#kept);
    for (const known of await remembered(this.#place.key)) {
      const upload = Object.assign(new Upload(known), { modified: known.modified });
      if (!(await upload.look()) || upload.result) forget(known.id);
      else {
        // What was there before the page was loaded is told together with what goes on.
        if (this.empty && before) this.#done.push(...JSON.parse(before));
        this.#show(upload);
        hold(known.id);
        if (upload.file) upload.queue();
      }
    }
  }

  /** Lasts until this tab is closed. */
  #keep() {
    sessionStorage.setItem(this.#kept, JSON.stringify(this.#done));
  }

  #show(upload) {
    this.#all.push(upload);
    upload.addEventListener("begun", () => {
      remember(upload);
      hold(upload.id);
    });
    upload.addEventListener("change", () => this.#changed(upload));
    row(this.#place.template, this.#place.list, upload, (act) => this.#act(upload, act));
    this.#place.changed();
  }

  #act(upload, act) {
    if (act === "stop") upload.cancel();
    else if (act === "choose") this.#place.choose();
    else if (upload.state === "lost") upload.wake();
    else upload.queue();
  }

  #changed(upload) {
    const { state, id, name, why } = upload;
    const over = ["done", "refused", "cancelled"].includes(state);
    if (state === "done") {
      this.#done.push(upload.result);
      this.#keep();
    }
    if (state === "cancelled") this.#all.splice(this.#all.indexOf(upload), 1);
    if (["failed", "refused"].includes(state)) announce(`${name}: ${why}`);
    if (state === "lost") announce(`${name}: the connection is lost`);
    // The one that begins says so, and this goes on with the next.
    if (this.in("sending", "lost").length < AT_ONCE) this.in("waiting")[0]?.run();
    this.#place.changed();
    if (over) forget(id).then(() => this.#finish()); // the page may be left after that
    else if (state === "failed") this.#finish();
  }

  #finish() {
    const not = this.in("failed", "refused").length;
    const left = this.#all.length - this.in("done").length - not;
    const beside = [left && `${left} to go`, not && `${not} not added`].filter(Boolean);
    if (this.#done.length) announce([`${this.#done.length} added`, ...beside].join(", "));
    // Why one was not added is read before the page is left for those that were.
    if (left || (not && this.#place.leaves) || !this.#done.length) return;
    sessionStorage.removeItem(this.#kept);
    const now = this.#done.splice(0);
    // As they were chosen, and not as they came to an end.
    const here = this.#all.map(({ result }) => result).filter((result) => now.includes(result));
    this.#place.finished([...now.filter((result) => !here.includes(result)), ...here]);
  }
}
