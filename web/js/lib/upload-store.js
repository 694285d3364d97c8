// Uploads under way, remembered by this browser so that a page that is loaded again goes on with them. Small files are kept whole;
// of a large one only the name, and the person chooses it again. Gone once the file is there, and when somebody logs out.

const NAME = "uploads";
const KEPT_WHOLE = 200_000_000; // bytes
const REMEMBERED = 24 * 60 * 60 * 1000;

let open = null;

function database() {
  open ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(NAME, { keyPath: "id" });
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close(); // another page forgets everything
      done(asked.result);
    };
    asked.onerror = () => failed(asked.error);
  });
  return open;
}

/** Runs one request of the store. A browser that keeps nothing answers with nothing. */
async function within(mode, work) {
  try {
    const store = (await database()).transaction(NAME, mode).objectStore(NAME);
    return await new Promise((done, failed) => {
      const asked = work(store);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  } catch {
    return null;
  }
}

/** Remembers an upload that has begun. */
export function remember({ id, url, key, name, path, bytes, chunk, file }) {
  const kept = file.size <= KEPT_WHOLE ? file : null;
  const { lastModified: modified } = file;
  return within("readwrite", (store) => store.put({ id, url, key, name, path, bytes, chunk, modified, file: kept, begun: Date.now() }));
}

/** Also of one that never began. */
export const forget = async (id) => id && within("readwrite", (store) => store.delete(id));

/** Those that began in this zone, and that no other open page sends. */
export async function remembered(key) {
  const all = (await within("readonly", (store) => store.getAll())) ?? [];
  const old = all.filter(({ begun }) => Date.now() - begun > REMEMBERED);
  await Promise.all(old.map(({ id }) => forget(id)));
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const elsewhere = held.map(({ name }) => name);
  return all.filter((one) => one.key === key && !old.includes(one) && !elsewhere.includes(one.id));
}

/** Tells other pages of this browser that this one sends it, until it is closed. Plain http has no such locks. */
export const hold = (id) => navigator.locks?.request(id, { ifAvailable: true }, (lock) => lock && new Promise(() => {}));

/** Whether somebody has chosen the file again that this upload lacks. */
export const isSame = (upload, file) =>
  upload.name === file.name && upload.bytes === file.size && upload.modified === file.lastModified;

// Whoever logs out leaves no file behind on a machine that others use.
document.addEventListener("submit", (event) => {
  if (new URL(event.target.action, location.href).pathname === "/logout") indexedDB.deleteDatabase(NAME);
});
