// <form data-keeps="mark" data-again="action">: what others work with does not save itself as a draft does. A template that is half
// rewritten would be sent by a colleague, what comes again would be made of it tonight, and what is out a client would read. So
// only its button saves. Until the server has said that this form is stored (it leads to an address that ends with #stored-mark),
// what is typed is kept in this tab, and whoever leaves is asked first. Coming back they can put it back: the form goes to the
// server with the button data-again, which shows what was typed and saves nothing. data-unsaved: the page is such an answer.
// A tab forgets all of it when it is closed, so that nothing stays on a computer that somebody else uses.
import { announce, debounce, fieldsOf } from "./lib/page.js";

const STORED = "#stored-";
const QUIET = 400; // ms without a key before it is kept
const form = document.querySelector("form[data-keeps]");
// Not form.action: buttons of that name stand in its place.
const path = form?.getAttribute("action");
const place = (address) => `kept:${address}`;

let first = ""; // the fields as the page came
let leaving = false;

const typed = () => String(fieldsOf(form));
const dirty = () => "unsaved" in form.dataset || typed() !== first;

/** The copy of a form, if the browser lets us keep one. */
function copyAt(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function keep() {
  if (!dirty()) return;
  try {
    sessionStorage.setItem(place(path), JSON.stringify({ mark: form.dataset.keeps, at: Date.now(), fields: typed() }));
  } catch {
    // No room, or not allowed: whoever leaves is still asked.
  }
}

function forget(mark) {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(place("")) && copyAt(key)?.mark === mark) sessionStorage.removeItem(key);
  }
}

function offer(copy) {
  const box = form.querySelector("[data-kept]");
  const at = new Date(copy.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  box.querySelector("[data-kept-at]").textContent = at;
  box.querySelector("[data-put-back]").addEventListener("click", () => putBack(copy));
  box.querySelector("[data-throw-away]").addEventListener("click", () => {
    sessionStorage.removeItem(place(path));
    box.hidden = true;
    document.getElementById("main").focus();
  });
  box.hidden = false;
  announce(box.querySelector("strong").textContent);
}

/** Which edition had been seen goes back with it, so that what somebody else saved meanwhile is not replaced unseen. */
function putBack(copy) {
  const fields = new URLSearchParams(copy.fields);
  // A new one is made once for each page that it is typed on.
  const once = form.querySelector("[name=once]")?.value;
  if (once) fields.set("once", once);
  fields.append("action", form.dataset.again);
  const back = document.createElement("form");
  back.method = "post";
  back.setAttribute("action", path);
  back.hidden = true;
  back.append(...[...fields].map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value })));
  document.body.append(back);
  leaving = true;
  back.submit();
}

if (location.hash.startsWith(STORED)) {
  forget(location.hash.slice(STORED.length));
  history.replaceState(history.state, "", location.pathname + location.search);
}

if (form) {
  first = typed();
  const copy = copyAt(place(path));
  if ("unsaved" in form.dataset) keep();
  else if (copy && copy.fields !== first) offer(copy);
  const later = debounce(keep, QUIET);
  form.addEventListener("input", later);
  form.addEventListener("change", keep);
  form.addEventListener("submit", () => {
    keep();
    leaving = true;
  });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => {
    keep();
    if (!leaving && dirty()) event.preventDefault();
  });
}
