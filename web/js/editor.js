// <form id="editor" data-autosave>: a draft saves itself a few seconds after the last key, and when a field is left. What the server
// makes of it comes back as the same page: its parts marked data-fresh="key" take the place of those here, unless somebody is in
// them. [data-saved] says how it stands. Without a script the button does it.
import { all, debounce, fetchPage, fieldsOf } from "./lib/page.js";

const form = document.querySelector("form[data-autosave]");
const QUIET = 2500; // ms without a key before it saves
// Not form.action: buttons of that name stand in its place.
const path = form?.getAttribute("action");

let saved = null; // the fields as they were saved last
let saving = null;

const say = (sentence, wrong = false) => {
  const line = document.querySelector("[data-saved]");
  line.textContent = sentence;
  line.classList.toggle("error", wrong);
};

/** What the fields say, but for the counter of changes. */
function typed() {
  const fields = fieldsOf(form);
  fields.delete("edition");
  fields.delete("first_new");
  return String(fields);
}

async function save() {
  if (saving || typed() === saved) return;
  const now = typed();
  say("Saving …");
  saving = fetchPage(path, { method: "POST", body: fieldsOf(form) });
  try {
    const { page } = await saving;
    const wrong = page.querySelector(".summary li")?.textContent.trim();
    if (wrong) return say(`Not saved yet: ${wrong}`, true);
    if (!page.querySelector("[data-fresh=edition]")) return say("Not saved. Log in again in another tab.", true);
    saved = now;
    freshen(page);
    say(`Draft saved ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
  } catch {
    say("Not saved: no connection. It is tried again.", true);
    later();
  } finally {
    saving = null;
    if (typed() !== now) later();
  }
}

function freshen(page) {
  for (const shown of all("[data-fresh]", form)) {
    const fresh = page.querySelector(`[data-fresh="${CSS.escape(shown.dataset.fresh)}"]`);
    if (fresh && !shown.contains(document.activeElement)) shown.replaceWith(document.importNode(fresh, true));
  }
}

/** Two that save at once would contradict each other: what is on its way arrives first. */
async function wait(event) {
  if (!saving) return;
  event.preventDefault();
  await saving.catch(() => {});
  setTimeout(() => form.requestSubmit(event.submitter));
}

const later = debounce(save, QUIET);

if (form) {
  saved = typed();
  // Who loads it again, or comes back to it, wants no other new item.
  const here = new URL(location);
  here.searchParams.delete("add");
  if (here.href !== location.href) history.replaceState(history.state, "", here);
  form.addEventListener("input", later);
  form.addEventListener("change", save);
  form.addEventListener("focusout", (event) => event.relatedTarget?.type !== "submit" && save());
  form.addEventListener("submit", wait);
  document.addEventListener("visibilitychange", () => document.hidden && save());
}
