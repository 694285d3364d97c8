// <live-updates src="/console/live?…">: keeps what is marked data-live="key" as it is on the server. The server only says that
// something changed; the page is then fetched again and its marked parts are swapped, never under the hands of somebody who
// types there, has typed there, or has a dialog open. Children of data-live-list="key" come and go as they do on the server.
// A part hears `live-swap` before it is swapped, and may do it by itself (preventDefault); its successor hears `live-swapped`.
// While there is no stream, the page is fetched when somebody comes back to it, and each minute.
import { all, debounce, fetchPage, isTyping } from "./lib/page.js";

class LiveUpdates extends HTMLElement {
  #stream = null;
  #missed = false;
  #timer = 0;
  #refresh = debounce(() => this.#swapAll(), 150);
  #onVisible = () => (document.hidden ? this.#stop() : this.#start());
  #onLater = () => { if (this.#missed) this.#refresh(); };
  #onReturn = () => { if (this.#missed || !this.#streams()) this.#refresh(); };
  #onBack = (event) => {
    if (!event.persisted || document.hidden) return;
    this.#missed = true; // it stood still while another page was shown
    this.#start();
  };

  connectedCallback() {
    document.addEventListener("visibilitychange", this.#onVisible);
    document.addEventListener("focusout", this.#onLater);
    document.addEventListener("close", this.#onLater, true);
    addEventListener("focus", this.#onReturn);
    addEventListener("pagehide", this.#stop);
    addEventListener("pageshow", this.#onBack);
    if (!document.hidden) this.#start();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#onVisible);
    document.removeEventListener("focusout", this.#onLater);
    document.removeEventListener("close", this.#onLater, true);
    removeEventListener("focus", this.#onReturn);
    removeEventListener("pagehide", this.#stop);
    removeEventListener("pageshow", this.#onBack);
    this.#stop();
  }

  /** Looks at once. */
  refresh() { this.#refresh(); }

  // A hidden tab holds no connection: browsers allow only six to one server.
  #start() {
    if (this.#stream) return;
    if (this.#missed) this.#refresh();
    this.#stream = new EventSource(this.getAttribute("src"));
    this.#stream.onmessage = this.#refresh;
    this.#stream.onerror = () => { this.#missed = true; };
    // Whatever happened while it was away was not told.
    this.#stream.onopen = () => { if (this.#missed) this.#refresh(); };
    this.#timer = setInterval(() => { if (!this.#streams()) this.#refresh(); }, WITHOUT_STREAM);
  }

  #stop = () => {
    this.#missed ||= document.hidden;
    this.#stream?.close();
    this.#stream = null;
    clearInterval(this.#timer);
  };

  #streams() {
    return this.#stream?.readyState === EventSource.OPEN;
  }

  async #swapAll() {
    this.#missed = document.querySelector("dialog[open]") !== null;
    if (this.#missed) return;
    const page = await fetchPage(location.href, FOR_ITSELF).then((got) => got.page, () => null);
    if (!page || document.querySelector("dialog[open]")) {
      this.#missed = true;
      return;
    }
    for (const list of all("[data-live-list]")) {
      const fresh = page.querySelector(`[data-live-list="${CSS.escape(list.dataset.liveList)}"]`);
      if (fresh && !this.#arrange(list, fresh)) this.#missed = true;
    }
    for (const shown of all("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${CSS.escape(shown.dataset.live)}"]`);
      if (shown.isConnected && fresh && !this.#swap(shown, document.importNode(fresh, true))) this.#missed = true;
    }
  }

  /** Has a list's marked children come and go as in `fresh`; false if one that is gone is in somebody's hands. */
  #arrange(list, fresh) {
    const keyed = (parent) => [...parent.children].filter((child) => "live" in child.dataset);
    const wanted = keyed(fresh);
    const keys = new Set(wanted.map((child) => child.dataset.live));
    let done = true;
    for (const child of keyed(list)) {
      if (keys.has(child.dataset.live)) continue;
      if (isBusy(child)) done = false;
      else child.remove();
    }
    const mine = new Map(keyed(list).map((child) => [child.dataset.live, child]));
    let last = null;
    for (const child of wanted) {
      const here = mine.get(child.dataset.live) ?? document.importNode(child, true);
      // What stands right is not moved: moving takes the focus away.
      const next = last ? last.nextElementSibling : keyed(list)[0] ?? null;
      if (here !== next && !here.contains(document.activeElement)) list.insertBefore(here, next);
      last = here;
    }
    return done;
  }

  /** Puts `fresh` in place of `shown`, with its open details, its ticks and its focus; false if somebody is busy there. */
  #swap(shown, fresh) {
    const open = all("details", shown).map((details) => details.open);
    all("details", fresh).forEach((details, at) => { details.open = open[at] ?? details.open; });
    keepTicks(shown, fresh);
    if (shown.isEqualNode(fresh)) return true;
    const asked = new CustomEvent("live-swap", { bubbles: true, cancelable: true, detail: { fresh } });
    if (!shown.dispatchEvent(asked)) return true;
    if (isBusy(shown)) return false;
    const focused = shown.contains(document.activeElement) ? document.activeElement : null;
    const place = focused && all(FOCUSABLE, shown).indexOf(focused);
    shown.replaceWith(fresh);
    if (focused) (all(FOCUSABLE, fresh)[place] ?? fresh.querySelector(FOCUSABLE))?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("results-swapped"));
    fresh.dispatchEvent(new CustomEvent("live-swapped", { bubbles: true }));
    return true;
  }
}

/** Whether somebody types in a part, has typed there what is not saved, or has a menu of it open. */
function isBusy(part) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  return (focused && isTyping(focused)) || part.querySelector(":popover-open") !== null || all(FIELDS, part).some(isUnsaved);
}

/** Whether a field holds something else than the server sent. Ticks are no matter: they are kept. */
function isUnsaved(field) {
  if (field instanceof HTMLSelectElement) {
    const sent = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(sent, 0);
  }
  if (field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  return field.value !== field.defaultValue;
}

/** What was ticked or unticked stays so, if it is still there. */
function keepTicks(shown, fresh) {
  for (const box of all("input[type=checkbox][name]", shown)) {
    if (box.checked === box.defaultChecked) continue;
    const { name, value } = box;
    const tick = fresh.querySelector(`input[type=checkbox][name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
    if (tick) tick.checked = box.checked;
  }
}

// Nobody asked for it: it does not count as use of the session.
const FOR_ITSELF = { headers: { accept: "text/html", "x-live": "1" } };
const FOCUSABLE = "a[href], button, summary, input, select, textarea";
const FIELDS = "input:not([type=hidden], [type=checkbox], [type=submit], [type=button]), select, textarea";
// Milliseconds after which a page whose stream is down looks by itself.
const WITHOUT_STREAM = 60_000;

customElements.define("live-updates", LiveUpdates);
