// What goes over the wire for an upload. A connection that fails is `Lost` and worth another try; what the server says no to is
// `Refused`, with its sentence for the person.

/** Nothing came back, or "not now". `pause`: seconds to wait, if the server said so. */
export class Lost extends Error {
  constructor(pause = null) {
    super("the connection was lost");
    this.pause = pause;
  }
}

/** The message says why, and what to do. */
export class Refused extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

const NOT_NOW = [408, 429, 502, 503, 504];
const STALLED = 60_000; // without a byte moving: the connection is dead, whatever it says
const PUZZLED = "The server did not answer as it should. Load the page again";

/** A value that nobody else has. */
export const fresh = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

/** Asks in JSON: {status, json, offset}. */
export async function ask(url, method, { body = null, signal = null } = {}) {
  const answer = await fetch(url, { method, body, signal, headers: { accept: "application/json" } }).catch(() => null);
  signal?.throwIfAborted();
  if (!answer) throw new Lost();
  return read(answer.status, (name) => answer.headers.get(name), await answer.text().catch(() => { throw new Lost(); }));
}

/** Sends a piece of a file; `moved` hears how many of its bytes have left. */
export function send(url, offset, piece, { moved, signal }) {
  return new Promise((done, failed) => {
    const xhr = new XMLHttpRequest();
    let stalled;
    const watch = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => xhr.abort(), STALLED);
    };
    const stop = () => xhr.abort();
    xhr.open("PATCH", url);
    xhr.setRequestHeader("accept", "application/json");
    xhr.setRequestHeader("content-type", "application/partial-upload");
    xhr.setRequestHeader("upload-offset", offset);
    xhr.upload.onprogress = ({ loaded }) => {
      watch();
      moved(loaded);
    };
    xhr.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", stop);
      if (xhr.status === 0) return failed(signal.aborted ? signal.reason : new Lost());
      try {
        done(read(xhr.status, (name) => xhr.getResponseHeader(name), xhr.responseText));
      } catch (why) {
        failed(why);
      }
    };
    signal.addEventListener("abort", stop);
    watch();
    xhr.send(piece);
  });
}

/** What an answer means. 409 is one too: it says where to go on. */
function read(status, header, text) {
  if (NOT_NOW.includes(status)) throw new Lost(Number(header("retry-after")) || null);
  const json = parsed(text);
  const said = header("upload-offset");
  const offset = said === null ? null : Number(said);
  if (status >= 300 && !(status === 409 && offset !== null)) throw new Refused(sentence(json), status);
  return { status, json, offset };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The words beside the fields say more than those above them. */
function sentence(json) {
  const { message, fields = {} } = json?.error ?? {};
  const beside = Object.values(fields);
  return beside.length ? beside.join(" ") : message ?? PUZZLED;
}

/** So many seconds, but no longer than until the browser is online again, or `end` is called. */
export function pause(seconds) {
  let end;
  const over = new Promise((done) => { end = done; });
  const timer = setTimeout(end, seconds * 1000);
  addEventListener("online", end);
  over.then(() => {
    clearTimeout(timer);
    removeEventListener("online", end);
  });
  return { over, end };
}
