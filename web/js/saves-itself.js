// form[data-saves-itself]: each of its items ([data-item]) is saved as it is filled in. What could not be sent is tried again;
// what somebody else changed meanwhile is shown beside it, and never replaced unseen. Without a script its buttons save.
import { all, fetchPage } from "./lib/page.js";

const QUIET = 1000; // milliseconds without a key
const LONGEST_PAUSE = 30; // seconds
const NOT_SAVED = "Not saved yet. We try again.";
const LOGGED_OUT = "You were logged out. Log in in another window: what you typed stays here until it is saved.";
const SEND_FIRST = "Send your message first, or take its file out.";
const STILL_ADDING = "Files are still being added. Send it when they are there.";

const form = document.querySelector("form[data-saves-itself]");
const work = new Map(); // by the item's number: {dirty, sending, clash, refused, timer, touched}
let pause = 1; // seconds until what was lost is tried again
let again = 0;
let leaving = false;
let refusals = null; // the <file-drop> of a part that is being swapped: it says why a file was not added

const of = (number) => {
  if (!work.has(number)) work.set(number, { dirty: false, sending: null, clash: false, refused: false, timer: 0, touched: false });
  return work.get(number);
};
const item = (number) => form.querySelector(`[data-item="${number}"]`);
const part = (line, name) => line.querySelector(`[data-${name}]`);
const waiting = () => [...work.values()].some(({ dirty, sending }) => dirty || sending);
const ofAnswer = (field) => /^(a|no|why)-\d+$/.test(field.name ?? "");
const fields = (line) => all("input, textarea, select", line).filter(ofAnswer);
const seen = (line) => line.querySelector(`[name="seen-${line.dataset.item}"]`);
/** What the server said is wrong with it. */
const complaint = (line) => line.querySelector(`#f-a-${line.dataset.item}-error`);
/** Without the digest of what the field held: revision and edition. */
const version = (token) => token.slice(0, token.lastIndexOf("."));

function typed({ target, type }) {
  const line = target.closest("[data-item]");
  if (!line || !ofAnswer(target)) return;
  const one = of(line.dataset.item);
  if (type === "change" && !one.dirty) return; // its keys have said so
  Object.assign(one, { dirty: true, refused: false, touched: true });
  clearTimeout(one.timer);
  const typing = type === "input" && target.matches("textarea, input:not([type=radio], [type=checkbox])");
  one.timer = setTimeout(() => save(line.dataset.item), typing ? QUIET : 0);
}

/** Saves an item. What was typed meanwhile is saved after it. */
async function save(number, options = {}) {
  const [one, line] = [of(number), item(number)];
  clearTimeout(one.timer);
  if (!line || !one.dirty || one.clash) return;
  if (one.sending) {
    await one.sending;
    return save(number, options);
  }
  one.dirty = false;
  status("Saving…");
  one.sending = send(number, line, options).catch(() => { one.dirty = true; later(NOT_SAVED); });
  const stored = await one.sending;
  one.sending = null;
  if (stored && !waiting()) status("Saved");
  if (one.dirty && !again) one.timer = setTimeout(() => save(number), QUIET);
}

/** True once it is stored. */
async function send(number, line, options) {
  const held = fields(line);
  const values = held.map(({ value, checked }) => ({ value, checked }));
  const body = new URLSearchParams([seen(line), ...held]
    .filter(({ type, checked }) => !["radio", "checkbox"].includes(type) || checked)
    .map(({ name, value }) => [name, value]));
  const headers = { accept: "application/json" };
  const answer = await fetch(`${form.action}/items/${number}`, { method: "POST", body, headers, ...options });
  if (answer.status >= 500 || [408, 429].includes(answer.status)) throw new Error("not now");
  const told = await answer.json();
  pause = 1;
  if (answer.status === 401) {
    of(number).dirty = true;
    return later(LOGGED_OUT);
  }
  of(number).refused = !answer.ok; // nothing to try again, and yet not stored
  if (!answer.ok) return refused(line, told);
  if (told.outcome === "conflict") return clash(number, line, told);
  if (told.outcome === "changed") return changed(number);
  seen(line).value = told.seen;
  // What is stored counts as what was there from the beginning.
  held.forEach((field, at) => {
    if (["radio", "checkbox"].includes(field.type)) field.defaultChecked = values[at].checked;
    else field.defaultValue = values[at].value;
  });
  saved(line, told);
  return true;
}

function saved(line, { done, reads, progress, appear }) {
  say(line, "");
  complaint(line)?.remove();
  const shown = line.querySelector(".answered");
  shown?.replaceChildren(Object.assign(document.createElement("bdi"), { textContent: reads ?? "" }));
  line.toggleAttribute("data-done", done);
  part(line, "icon").replaceChildren(document.getElementById(done ? "done-icon" : "todo-icon").content.cloneNode(true));
  part(line, "word").textContent = done ? "Done" : "";
  form.querySelector("progress").value = progress.done;
  form.querySelector("progress").max = progress.of;
  const words = document.getElementById("progress-words").firstChild;
  words.data = words.data.replace(/\d+ of \d+/, `${progress.done} of ${progress.of}`);
  const here = all("[data-live^=item-]", form).map(({ id }) => Number(id.replace("item-", "")));
  if (String(here) !== String(appear)) refresh();
}

/** The server understood, and says why not. */
function refused(line, { error }) {
  const sentence = Object.values(error?.fields ?? {}).join(" ") || error?.message || NOT_SAVED;
  say(line, sentence, true);
  status("");
}

function clash(number, line, told) {
  const box = document.getElementById("clash").content.firstElementChild.cloneNode(true);
  const who = told.by === "You" ? "You changed this in another window" : `${told.by} changed this`;
  part(box, "who").textContent = told.by ? `${who} ${told.when} to:` : "Somebody took this answer back meanwhile.";
  part(box, "text").textContent = told.text ?? "";
  part(box, "text").hidden = !told.text;
  if (told.by === "You") {
    box.querySelector("[data-keep=theirs]").textContent = "Keep that one";
    box.querySelector("[data-keep=mine]").textContent = "Keep what I typed";
  }
  ask(number, line, box, told.seen);
}

/** Shows what is asked now, with what was typed for what had been asked. */
async function changed(number) {
  const { page } = await fetchPage(location.href);
  const [line, fresh] = [item(number), page.getElementById(`item-${number}`)];
  if (!fresh?.dataset.item) return refused(line, { error: { message: "This is not asked any more, so nothing was saved for it." } });
  const now = document.importNode(fresh, true);
  for (const field of fields(now)) {
    const before = fields(line).find(({ name, type, value }) => name === field.name && type === field.type
      && (!["radio", "checkbox"].includes(type) || value === field.value));
    if (before) Object.assign(field, { value: before.value, checked: before.checked });
  }
  // An answer that somebody gave meanwhile was not shown: only what is asked has been.
  const [asked, edition] = seen(now).value.split(".");
  const had = seen(line).value;
  if (edition) seen(now).value = asked + had.slice(had.indexOf("."));
  line.replaceWith(now);
  ask(number, now, document.getElementById("changed").content.firstElementChild.cloneNode(true), seen(now).value);
}

/** Puts a question above the field; nothing of the item is saved until it is answered. */
function ask(number, line, box, token) {
  Object.assign(of(number), { clash: true, dirty: true });
  line.querySelector(".clash")?.remove();
  line.querySelector(".card-body").prepend(box);
  status("");
  box.addEventListener("click", async ({ target }) => {
    const keep = target.closest("[data-keep]")?.dataset.keep;
    if (!keep) return;
    Object.assign(of(number), { clash: false, dirty: keep === "mine" });
    if (keep === "theirs") return theirs(number, line);
    seen(line).value = token;
    box.remove();
    fields(line)[0]?.focus();
    await save(number);
  });
}

async function theirs(number, line) {
  const { page } = await fetchPage(location.href);
  const fresh = page.getElementById(`item-${number}`);
  work.delete(number);
  if (!fresh) return refresh();
  const now = document.importNode(fresh, true);
  line.replaceWith(now);
  now.querySelector("summary, input, textarea, button")?.focus();
}

/** Tries everything again after a while, or as soon as there is a connection. */
function later(sentence) {
  status(sentence, true);
  clearTimeout(again);
  again = setTimeout(retry, pause * 1000);
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

function retry() {
  clearTimeout(again);
  again = 0;
  return Promise.all([...work.keys()].map((number) => save(number)));
}

function status(sentence, bad = false) {
  const line = form.querySelector("[data-saved]");
  line.textContent = sentence;
  line.classList.toggle("error", bad);
}

/** A sentence within the item. */
function say(line, sentence, bad = false) {
  const place = line.querySelector("[role=status][data-said]");
  place.textContent = sentence;
  place.hidden = sentence === "";
  place.classList.toggle("error", bad);
  fields(line).forEach((field) => (bad ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid")));
}

const refresh = () => document.querySelector("live-updates")?.refresh();

/** The form sends everything by itself; but what is just on its way must not be overtaken by it. */
async function submitted(event) {
  if (leaving) return;
  const file = all("input[type=file][name^=with]", form).find(({ files }) => files.length > 0);
  if (file && event.submitter?.name !== "about") {
    event.preventDefault();
    file.focus();
    return status(SEND_FIRST, true);
  }
  if (form.querySelector("file-drop[busy]")) {
    event.preventDefault();
    return status(STILL_ADDING, true);
  }
  leaving = !waiting();
  if (leaving) return;
  event.preventDefault();
  await retry();
  if (again) return; // it says that it is not saved
  leaving = true;
  form.requestSubmit(event.submitter);
}

/** A part of the page has changed on the server. */
function swapped(event) {
  const line = event.target;
  if (line.matches(".dock")) return event.preventDefault(); // its words are parts of their own
  if (!line.dataset.item) return;
  const [one, fresh] = [of(line.dataset.item), event.detail.fresh];
  const box = (part) => part.querySelector(".callout:not(.clash)")?.textContent.trim() ?? "";
  const same = fresh.dataset.item && box(fresh) === box(line) && version(fresh.dataset.seen) === version(seen(line).value);
  const mine = one.dirty || one.sending || one.clash || one.refused || line.querySelector("file-drop[busy]");
  // Where somebody has just answered, the field stays in sight; and where an answer is missing, that is still said.
  const missing = complaint(line) && !("done" in fresh.dataset);
  if (mine || (same && (one.touched || missing))) return event.preventDefault();
  work.delete(line.dataset.item);
  refusals = line.querySelector("file-drop[refused]");
}

/** What was refused is read until somebody takes it away, also where no more files are taken. */
function keepRefusals({ target }) {
  if (!refusals || !target.dataset.item) return;
  const place = target.querySelector("file-drop");
  refusals.toggleAttribute("full", !place);
  if (place) place.replaceWith(refusals);
  else target.querySelector("[role=status][data-said]")?.before(refusals);
  refusals.closest("details")?.setAttribute("open", "");
  refusals = null;
}

/** Whether a field holds something else than the server sent. */
const differs = (field) => (["radio", "checkbox"].includes(field.type)
  ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);

/** What was typed before this script was there, or before the page was left, and is not saved. */
function before() {
  const typedIn = all("[data-item]", form).map((line) => fields(line).find(differs));
  for (const target of typedIn.filter(Boolean)) typed({ target, type: "input" });
}

function unsaved() {
  const message = all("textarea[name^=say]", form).some(({ value, defaultValue }) => value !== defaultValue);
  const refused = [...work.values()].some((one) => one.refused);
  return !leaving && (waiting() || refused || message);
}

if (form) {
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", submitted);
  form.addEventListener("live-swap", swapped);
  form.addEventListener("live-swapped", keepRefusals);
  form.addEventListener("uploaded", refresh);
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-item] input[type=text], [data-item] input[type=date]")) return;
    event.preventDefault(); // it would send the whole form
    save(event.target.closest("[data-item]").dataset.item);
  });
  addEventListener("online", retry);
  addEventListener("focus", () => again && retry());
  addEventListener("pageshow", () => { leaving = false; before(); });
  addEventListener("beforeunload", (event) => unsaved() && event.preventDefault());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) work.forEach((_, number) => save(number, { keepalive: true }));
  });
}
