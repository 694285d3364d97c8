// <input data-select-stem>: a name that is about to change is selected up to its ending, which mostly stays.

function select(field) {
  const dot = field.value.lastIndexOf(".");
  field.setSelectionRange(0, dot > 0 ? dot : field.value.length);
}

document.addEventListener("focusin", ({ target }) => target.matches("[data-select-stem]") && select(target));
if (document.activeElement?.matches("[data-select-stem]")) select(document.activeElement);
