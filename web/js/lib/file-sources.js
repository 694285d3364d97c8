// Where files come from: a drop, also of whole folders, and the clipboard. Each is {file, path}: the folders it lay in, "" for none.

/** What the systems put into folders for themselves. */
const THEIRS = [".ds_store", "thumbs.db", "desktop.ini"];

const isTheirs = (name) => THEIRS.includes(name.toLowerCase());

/** The files of a picker; those of a whole folder know where they lay. */
export const picked = (input) => [...input.files]
  .map((file) => ({ file, path: folderOf(file.webkitRelativePath ?? "") }))
  .filter(({ file, path }) => path === "" || !isTheirs(file.name));

const folderOf = (path) => path.split("/").slice(0, -1).join("/");

/** Whether files are being dragged, and not words or links. */
export const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

/** What was dropped: {files, folders}; `folders` says whether there were any. They are read only if they may be. */
export async function dropped(transfer, withFolders) {
  // After the first pause the browser has forgotten what was dropped.
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = items.map((item) => item.getAsFile());
  const folders = entries.some((entry) => entry?.isDirectory);
  const files = [];
  for (const [at, entry] of entries.entries()) {
    if (!entry?.isDirectory) files.push({ file: plain[at], path: "" });
    else if (withFolders) files.push(...await within(entry, entry.name));
  }
  return { files: files.filter(({ file }) => file), folders };
}

/** All that lies in a folder, however deep. */
async function within(folder, path) {
  const found = [];
  const reader = folder.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed)); // a hundred at a time
    if (some.length === 0) return found;
    for (const entry of some) {
      if (entry.isDirectory) found.push(...await within(entry, `${path}/${entry.name}`));
      else if (!isTheirs(entry.name)) {
        found.push({ file: await new Promise((done, failed) => entry.file(done, failed)), path });
      }
    }
  }
}

/** Pictures on the clipboard have no name of their own: they get the time. */
export function pasted(clipboard) {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(".");
  const named = (file) => file.name !== "image.png" ? file
    : new File([file], `Screenshot ${day} ${time}.png`, { type: file.type, lastModified: file.lastModified });
  return [...clipboard.files].map((file) => ({ file: named(file), path: "" }));
}
