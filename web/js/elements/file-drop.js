// <file-drop uploads="where they begin" then="where to go after" limit="bytes" largest="in words" at-once folders>: improves the
// form inside it. Files come by the picker, the camera, the clipboard or a drop anywhere on the page; they are listed, sent in
// pieces, and go on after a lost connection or a reload. Without at-once they wait for the form's button, so that its other fields
// can be filled in first. One without a form of its own is part of a larger one: it takes what goes with its files from
// with="request=…&item=…", remembers them under its key, and shows by `busy` that they are under way, and
// by `refused` that some were not added.
import { dropped, hasFiles, pasted, picked } from "../lib/file-sources.js";
import { all } from "../lib/page.js";
import { UploadList } from "../lib/upload-list.js";

const MOST = 100; // files that an address names

class FileDrop extends HTMLElement {
  #uploads;
  #leaving;

  get #form() { return this.querySelector("form"); }
  get #inputs() { return all("input[type=file]", this); }

  connectedCallback() {
    this.#leaving = new AbortController();
    const first = !this.#uploads;
    this.#uploads ??= this.#list();
    const on = (what, kind, does) => what.addEventListener(kind, does, { signal: this.#leaving.signal });
    for (const input of this.#inputs) on(input, "change", () => this.#pick(input));
    if (this.#form) on(this.#form, "submit", (event) => this.#submit(event));
    on(document, "paste", (event) => this.#meant() && this.#take(pasted(event.clipboardData)));
    on(document, "dragover", (event) => this.#mine(event) && this.#over(event));
    on(document, "dragleave", (event) => event.relatedTarget === null && this.removeAttribute("over"));
    on(document, "drop", (event) => this.#mine(event) && this.#drop(event));
    on(window, "beforeunload", (event) => this.#uploads.busy && event.preventDefault());
    for (const input of this.#inputs) input.required = false;
    // The plain form has to say what goes with the files before them; with a script, files are what one came for.
    const fields = this.querySelector("[data-fields]");
    if (fields && !this.hasAttribute("at-once")) this.querySelector("[data-list]").after(fields);
    if (first) this.#uploads.goOn();
    for (const input of this.#inputs) if (input.files.length) this.#pick(input); // chosen before this script was there
  }

  disconnectedCallback() { this.#leaving.abort(); }

  #list() {
    const place = {
      url: this.getAttribute("uploads"),
      key: this.getAttribute("key") ?? this.getAttribute("uploads"),
      limit: Number(this.getAttribute("limit")),
      largest: this.getAttribute("largest"),
      template: this.querySelector("template"),
      list: this.querySelector("[data-list]"),
      leaves: this.hasAttribute("then"),
    };
    return new UploadList(place, {
      changed: () => this.#count(),
      finished: (files) => this.#finished(files),
      choose: () => this.#inputs[0].click(),
    });
  }

  /** A drop belongs to the zone it fell on; beside all zones, to the first. */
  #mine(event) {
    const zone = event.target.closest?.("file-drop") ?? document.querySelector("file-drop");
    return hasFiles(event) && zone === this;
  }

  /** What is pasted belongs to the zone in whose part of the page somebody is; the only zone takes all of it. */
  #meant() {
    if (all("file-drop").length === 1) return true;
    return document.activeElement.closest("li:has(file-drop)")?.querySelector("file-drop") === this;
  }

  #over(event) {
    event.preventDefault();
    this.setAttribute("over", "");
  }

  async #drop(event) {
    event.preventDefault();
    this.removeAttribute("over");
    const may = this.hasAttribute("folders");
    const { files, folders } = await dropped(event.dataTransfer, may);
    this.#say(folders && !may ? "A folder cannot be added. Open it and choose the files in it" : "");
    this.#take(files);
    this.querySelector("[data-list]").scrollIntoView({ block: "nearest" });
  }

  #pick(input) {
    this.#say("");
    this.#take(picked(input));
    input.value = "";
  }

  #take(files) {
    files.forEach((file) => this.#uploads.add(file));
    if (this.hasAttribute("at-once")) this.#send();
  }

  #submit(event) {
    event.preventDefault();
    if (this.#uploads.empty) this.#say("Choose a file first");
    else this.#send();
  }

  #send() {
    const fields = this.#form ? new FormData(this.#form) : new URLSearchParams(this.getAttribute("with"));
    this.#uploads.send([...fields].filter(([, value]) => typeof value === "string"));
  }

  /** A problem with all of it, above the list. */
  #say(problem) {
    const line = this.querySelector("[data-problem]");
    line.textContent = problem;
    line.hidden = problem === "";
  }

  /** The form's button says how many it adds, and is away while there is nothing but uploads under way. */
  #count() {
    this.toggleAttribute("busy", this.#uploads.busy);
    this.toggleAttribute("refused", this.#uploads.in("failed", "refused").length > 0);
    this.querySelector("[data-list]").hidden = this.#uploads.empty;
    if (!this.#form) return;
    const button = this.querySelector("[data-add]");
    const count = this.#uploads.in("new").length;
    const { add, one } = button.dataset;
    button.textContent = count > 1 ? `Add ${count} files` : count ? one : add;
    button.hidden = !count && !this.#uploads.empty;
  }

  #finished(files) {
    this.dispatchEvent(new CustomEvent("uploaded", { bubbles: true, detail: files }));
    const then = this.getAttribute("then");
    const many = this.getAttribute("then-many");
    const ids = files.map(({ file }) => file);
    if (many && ids.length > MOST) {
      const [first, last] = [ids.toSorted()[0], ids.toSorted().at(-1)]; // ids sort by time
      location.assign(many.replace("{first}", first).replace("{last}", last));
    } else if (then) location.assign(then + ids.slice(0, MOST).join(","));
  }
}

customElements.define("file-drop", FileDrop);
