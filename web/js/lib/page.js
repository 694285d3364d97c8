// What several enhancements share. Nothing here keeps state.
import { localTimes } from "./local-time.js";

/** All elements below `root` that match, as an array. */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Calls `work` once things have been quiet for `ms`. */
export function debounce(work, ms) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), ms);
  };
}

/** Says a sentence to screen readers, in the page's one status line. */
export function announce(sentence) {
  const line = document.getElementById("said");
  if (!line) return;
  line.textContent = "";
  setTimeout(() => { line.textContent = sentence; }, 100); // an emptied line is read again, even if the words are the same
}

/**
 * Fetches a page of ours: {page, url, moved, to}, where it led to and whether that was elsewhere (perhaps to the log-in page). `to`
 * is where a form of a dialog leads, which is told instead of followed.
 */
export async function fetchPage(url, options = {}) {
  const answer = await fetch(url, { headers: { accept: "text/html" }, ...options });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  localTimes(page);
  return { page, url: answer.url, moved: answer.redirected, to: answer.headers.get("location") };
}

/** A form's fields as its own submit would send them. */
export const fieldsOf = (form) => new URLSearchParams(new FormData(form));

/** True while somebody types, so that single keys are letters. */
export const isTyping = (target) =>
  target instanceof Element && target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
