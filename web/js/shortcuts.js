// Keys: "/" finds, "g" and then the data-key of a link in the main list goes there, "?" lists them, Ctrl or ⌘ with Enter sends the
// form one is in. In a list of [data-row], "j" and "k" go down and up and "e" presses the [data-done] of the row. Single keys are off while typing and can be switched off for good in the list (WCAG 2.1.4).
import { all, isTyping } from "./lib/page.js";

const OFF = "shortcuts-off";
let afterG = -Infinity; // when "g" was pressed, in ms; it waits a second for its second key

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return event.target.form?.requestSubmit();
  const off = localStorage.getItem(OFF) !== null && event.key !== "?";
  if (off || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const waiting = performance.now() - afterG < 1000;
  afterG = event.key === "g" ? performance.now() : -Infinity;
  if (waiting) go(event);
  else if (event.key === "/") find(event);
  else if (event.key === "?") list();
  else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  else if (event.key === "e") rowNow()?.querySelector("[data-done]")?.click();
});

/** The row one is in, else the one that the address names. */
const rowNow = () => document.activeElement?.closest("[data-row]") ?? document.querySelector("[data-row]:target");

function step(by) {
  const rows = all("[data-row]");
  const now = rows.indexOf(rowNow());
  const next = now < 0 ? 0 : Math.min(Math.max(now + by, 0), rows.length - 1);
  rows[next]?.querySelector("[data-open]")?.focus();
}

function go(event) {
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
}

function find(event) {
  const box = all("input[type=search]").findLast((field) => field.checkVisibility()); // the page's own before the sidebar's
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-shortcuts]")) list();
});

function list() {
  const dialog = document.getElementById("shortcuts");
  if (!dialog) return;
  const box = dialog.querySelector("input");
  box.checked = localStorage.getItem(OFF) === null;
  box.onchange = () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, ""));
  dialog.showModal();
}
