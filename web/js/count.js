// <form data-count="names of the ticks">: [data-counted] inside the form, or outside with its form attribute, says how many are
// ticked, in its own words: data-none, data-one, data-many with {n}. [data-tick-all] ticks or clears them all.
import { all } from "./lib/page.js";

/** All that can be ticked in the form. */
const ticksOf = (form) => form.dataset.count.split(" ").flatMap((name) => all(`input[type=checkbox][name="${CSS.escape(name)}"]:not(:disabled)`, form));

function count(form) {
  const ticks = ticksOf(form);
  const n = ticks.filter((tick) => tick.checked).length;
  const words = (label) => (n === 0 ? label.dataset.none : n === 1 ? label.dataset.one : label.dataset.many);
  for (const label of labelsOf(form)) label.textContent = (words(label) ?? "{n}").replaceAll("{n}", n);
  for (const box of all("[data-tick-all]", form)) {
    box.checked = n > 0 && n === ticks.length;
    box.indeterminate = n > 0 && n < ticks.length;
  }
}

const labelsOf = (form) => all("[data-counted]").filter((label) => (label.closest("button")?.form ?? label.closest("form")) === form);

document.addEventListener("change", (event) => {
  const form = event.target.form?.closest("form[data-count]");
  if (!form) return;
  if (event.target.matches("[data-tick-all]")) {
    for (const tick of ticksOf(form)) tick.checked = event.target.checked;
  }
  count(form);
});

const countAll = () => all("form[data-count]").forEach(count);
for (const kind of ["dialog-shown", "results-swapped"]) document.addEventListener(kind, countAll);
countAll();
