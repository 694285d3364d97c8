// <button type="button" data-insert="text" data-into="id of a field">: puts the text where the caret is, or at the end
// of a field nobody was in yet.

const visited = new WeakSet();

document.addEventListener("focusin", (event) => visited.add(event.target));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const field = button && document.getElementById(button.dataset.into);
  if (!field) return;
  if (!visited.has(field)) field.setSelectionRange(field.value.length, field.value.length);
  const before = field.value.slice(0, field.selectionStart);
  const gap = before && !/\s$/.test(before) ? " " : "";
  field.setRangeText(gap + button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
