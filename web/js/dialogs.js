// Dialogs. <a href data-dialog> shows the page it leads to over this one: the part with data-dialog-body (else the first form of
// its main), with the address of that page, so that Back, a reload and a shared link do what they say. What is wrong with a form
// inside is said in the dialog; what went well leads on. <dialog open data-modal> from the server becomes truly modal. Without a
// script both are plain pages.
import { fetchPage } from "./lib/page.js";

let opener = null; // what takes the focus again when the fetched dialog closes

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[data-dialog]");
  const close = event.target.closest("[data-close]");
  if (link && !link.closest("dialog")) {
    event.preventDefault();
    opener = link;
    open(link.href);
  } else if (close?.closest("dialog:modal")) {
    event.preventDefault();
    close.closest("dialog").close();
  }
});

// <button data-dialog> in a form that asks (method get) shows the page that its submit would lead to.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button?.matches("[data-dialog]") || button.closest("dialog")) return;
  event.preventDefault();
  opener = button;
  const url = new URL(button.formAction, location.href);
  url.search = new URLSearchParams(new FormData(event.target, button));
  open(url.href);
});

async function open(href) {
  try {
    const { page, url, moved } = await fetchPage(href);
    const body = bodyOf(page, moved);
    if (!body) return location.assign(url);
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.dataset.fetched = "";
    dialog.setAttribute("aria-labelledby", "dialog-h");
    fill(dialog, body);
    document.body.append(dialog);
    history.pushState({ dialog: true }, "", url);
    const title = document.title;
    document.title = page.title;
    dialog.addEventListener("close", () => closed(dialog, title), { once: true });
    show(dialog);
  } catch {
    location.assign(href);
  }
}

/** What of a page a dialog shows. */
const bodyOf = (page, moved) => page.querySelector("[data-dialog-body]") ?? (moved ? null : page.querySelector("main form"));

/** Head, body and foot of the fetched part become the dialog's own; a bare form is all body. */
function fill(dialog, body) {
  const fresh = document.importNode(body, true);
  dialog.dataset.size = (body.dataset.size ?? "").trim();
  if (body.matches("[data-dialog-body]")) return dialog.replaceChildren(...fresh.childNodes);
  const part = document.createElement("div");
  part.className = "dialog-body";
  part.append(fresh);
  dialog.replaceChildren(part);
}

// The answer to a form in a fetched dialog: where it leads, or the dialog again with what is wrong.
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  const dialog = form.closest("dialog[data-fetched]");
  const said = (name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
  const plain = said("method").toLowerCase() === "post" && said("enctype") !== "multipart/form-data";
  if (event.defaultPrevented || !dialog || !plain) return;
  event.preventDefault();
  if (dialog.ariaBusy) return; // pressed twice
  dialog.ariaBusy = "true";
  const options = {
    method: "POST",
    headers: { accept: "text/html", "x-dialog": "1" },
    body: new URLSearchParams(new FormData(form, submitter)),
  };
  const { page, url, moved, to } = await fetchPage(said("action") || location.href, options).catch(() => ({}));
  dialog.ariaBusy = null;
  if (to || moved) return goTo(new URL(to ?? url, location.href));
  const body = page && bodyOf(page, moved);
  if (!body) return sendPlainly(form, submitter);
  fill(dialog, body);
  document.title = page.title;
  takeFocus(dialog);
});

function goTo(url) {
  const here = url.pathname + url.search === location.pathname + location.search;
  location.assign(url);
  if (here && url.hash) location.reload(); // another fragment alone loads nothing
}

/** As without a script: nothing came back, or a page that says what went wrong. */
function sendPlainly(form, submitter) {
  if (submitter?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value }));
  if (submitter?.hasAttribute("formaction")) form.setAttribute("action", submitter.getAttribute("formaction"));
  form.submit();
}

function show(dialog) {
  dialog.showModal();
  takeFocus(dialog);
}

function takeFocus(dialog) {
  const first = dialog.querySelector(".summary, [autofocus]") ?? dialog.querySelector("h1, h2");
  first?.setAttribute("tabindex", first.getAttribute("tabindex") ?? "-1");
  first?.focus();
  dialog.dispatchEvent(new CustomEvent("dialog-shown", { bubbles: true }));
}

function closed(dialog, title) {
  dialog.remove();
  document.title = title;
  // Later, for going back to an address with a fragment takes the focus there first.
  const giveBack = () => setTimeout(giveBackFocus);
  if (!history.state?.dialog) return giveBack();
  addEventListener("popstate", giveBack, { once: true });
  history.back();
}

/** To the link that opened it, or its swapped successor, or the button of the menu it is in. */
function giveBackFocus() {
  const href = CSS.escape(opener?.getAttribute("href") ?? "");
  const link = opener?.isConnected ? opener : document.querySelector(`a[data-dialog][href="${href}"]`);
  const menu = link?.closest("[popover]");
  const button = menu && document.querySelector(`[popovertarget="${menu.id}"]`);
  (button ?? link ?? document.getElementById("main"))?.focus();
  opener = null;
}

// Back closes the dialog; Forward to its address shows that page.
addEventListener("popstate", (event) => {
  const dialog = document.querySelector("dialog[data-fetched][open]");
  if (dialog && !event.state?.dialog) dialog.close();
  else if (!dialog && event.state?.dialog) location.reload();
});

// A dialog from the server lies over the page it belongs to: closing leads to the address of that page, without loading it again.
for (const dialog of document.querySelectorAll("dialog[data-modal][open]")) {
  dialog.close();
  show(dialog);
  const away = dialog.querySelector("a[data-close]")?.href;
  dialog.addEventListener("close", () => { if (away) history.replaceState(null, "", away); }, { once: true });
}
