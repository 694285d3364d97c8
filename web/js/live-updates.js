// <live-updates src="/console/live?…">: keeps what is marked data-live="key" as it is on the server. The server only says that
// something changed; the page is then fetched again and its marked parts are swapped, never under the hands of somebody who
// types there or has a dialog open. Without a stream the page stays as it was loaded.
import { all, debounce, fetchPage, isTyping } from "./lib/page.js";

class LiveUpdates extends HTMLElement {
  #stream = null;
  #missed = false;
  #refresh = debounce(() => this.#swapAll(), 150);
  #onVisible = () => (document.hidden ? this.#stop() : this.#start());
  #onLater = () => { if (this.#missed) this.#refresh(); };

  connectedCallback() {
    document.addEventListener("visibilitychange", this.#onVisible);
    document.addEventListener("focusout", this.#onLater);
    document.addEventListener("close", this.#onLater, true);
    addEventListener("pagehide", this.#stop);
    if (!document.hidden) this.#start();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#onVisible);
    document.removeEventListener("focusout", this.#onLater);
    document.removeEventListener("close", this.#onLater, true);
    removeEventListener("pagehide", this.#stop);
    this.#stop();
  }

  // A hidden tab holds no connection: browsers allow only six to one server.
  #start() {
    if (this.#stream) return;
    if (this.#missed) this.#refresh();
    this.#stream = new EventSource(this.getAttribute("src"));
    this.#stream.onmessage = this.#refresh;
  }

  #stop = () => {
    this.#missed ||= document.hidden;
    this.#stream?.close();
    this.#stream = null;
  };

  async #swapAll() {
    this.#missed = document.querySelector("dialog[open]") !== null;
    if (this.#missed) return;
    const page = await fetchPage(location.href, FOR_ITSELF).then((got) => got.page, () => null);
    if (!page || document.querySelector("dialog[open]")) return;
    for (const shown of all("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${CSS.escape(shown.dataset.live)}"]`);
      if (fresh && !this.#swap(shown, document.importNode(fresh, true))) this.#missed = true;
    }
  }

  /** Puts `fresh` in place of `shown`, with its open details, its ticks and its focus; false if somebody is busy there. */
  #swap(shown, fresh) {
    const focused = shown.contains(document.activeElement) ? document.activeElement : null;
    if ((focused && isTyping(focused)) || shown.querySelector(":popover-open")) return false;
    const open = all("details", shown).map((details) => details.open);
    all("details", fresh).forEach((details, at) => { details.open = open[at] ?? details.open; });
    keepTicks(shown, fresh);
    if (shown.isEqualNode(fresh)) return true;
    const place = focused && all(FOCUSABLE, shown).indexOf(focused);
    shown.replaceWith(fresh);
    if (focused) (all(FOCUSABLE, fresh)[place] ?? fresh.querySelector(FOCUSABLE))?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("results-swapped"));
    return true;
  }
}

/** What was ticked stays so, if it is still there. */
function keepTicks(shown, fresh) {
  for (const { name, value } of all("input[type=checkbox][name]:checked", shown)) {
    const tick = fresh.querySelector(`input[type=checkbox][name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
    if (tick) tick.checked = true;
  }
}

// Nobody asked for it: it does not count as use of the session.
const FOR_ITSELF = { headers: { accept: "text/html", "x-live": "1" } };
const FOCUSABLE = "a[href], button, summary, input, select, textarea";

customElements.define("live-updates", LiveUpdates);
