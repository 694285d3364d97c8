// <select data-fills="id of a textarea">: choosing a template puts its text (data-text of the option) into the message. Words
// that somebody typed are not thrown away unasked. Without a script the server does it on submit.

const filled = new WeakMap(); // textarea → the text a template put there last

document.addEventListener("change", (event) => {
  const picker = event.target.closest("select[data-fills]");
  const text = picker?.selectedOptions[0]?.dataset.text;
  const message = picker && document.getElementById(picker.dataset.fills);
  if (!message || text === undefined) return;
  if (isOwn(message, picker) && !confirm("Replace the message you wrote with this template?")) {
    picker.value = picker.dataset.chosen ?? picker.querySelector("option[selected]")?.value ?? "";
    return;
  }
  picker.dataset.chosen = picker.value;
  filled.set(message, text);
  message.value = text;
  message.dispatchEvent(new Event("input", { bubbles: true }));
});

/** True if the message is neither empty nor just what a template says. */
function isOwn(message, picker) {
  const written = message.value.trim();
  if (written === "" || written === filled.get(message)?.trim()) return false;
  return ![...picker.options].some((option) => option.dataset.text?.trim() === written);
}
