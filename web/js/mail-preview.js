// <form data-preview-url> shows the real mail while it is written: the server answers a post of the form with the markup of the
// mail, which takes the place of #preview. The newest answer wins.
import { debounce, fieldsOf } from "./lib/page.js";

let running = null;

async function refresh(form) {
  running?.abort();
  running = new AbortController();
  const shown = form.querySelector("#preview") ?? document.getElementById("preview");
  if (!shown || !form.isConnected) return;
  shown.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.previewUrl, {
      method: "POST", body: fieldsOf(form), headers: { accept: "text/html" }, signal: running.signal,
    });
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = part.getElementById("preview");
    if (fresh) shown.replaceWith(document.importNode(fresh, true));
  } catch {
    // Offline, or overtaken by a newer one: the last preview stays.
  } finally {
    shown.removeAttribute("aria-busy");
  }
}

const soon = debounce(refresh, 300);

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.form?.closest("form[data-preview-url]");
    if (form) soon(form);
  });
}
