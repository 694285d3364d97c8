// <form data-live-search> (method get): answers while one types. Fetches the page its submit would lead to, swaps [data-results],
// keeps the address in step, and says how many there are: the data-count-text of the results to screen readers, and
// [data-with-results] elsewhere on the page, which is swapped too.
import { announce, debounce, fetchPage, fieldsOf } from "./lib/page.js";

let running = null;

async function search(form) {
  running?.abort();
  running = new AbortController();
  const asked = fieldsOf(form);
  for (const [name, value] of [...asked]) if (value === "") asked.delete(name);
  const url = new URL(form.action || location.href, location.href);
  url.search = asked;
  try {
    const { page } = await fetchPage(url, { signal: running.signal });
    const fresh = page.querySelector("[data-results]");
    const shown = document.querySelector("[data-results]");
    if (!fresh || !shown) return location.assign(url);
    shown.replaceWith(document.importNode(fresh, true));
    const [sums, freshSums] = [document, page].map((of) => of.querySelector("[data-with-results]"));
    if (freshSums) sums?.replaceWith(document.importNode(freshSums, true));
    history.replaceState(history.state, "", url);
    document.dispatchEvent(new CustomEvent("results-swapped"));
    announce(fresh.dataset.countText ?? "");
  } catch {
    // Overtaken by the next letter, or offline: Enter still sends the form.
  }
}

const soon = debounce(search, 250);

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.form?.closest("form[data-live-search]");
    if (form) soon(form);
  });
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-live-search]")) return;
  event.preventDefault();
  search(event.target);
});
