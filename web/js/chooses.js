// <input data-chooses="id of a select" data-choice="value">: typing into it chooses the entry it belongs to. Without a script the
// person chooses it, and the server says so if they did not.

document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-chooses]");
  const select = field?.value.trim() && document.getElementById(field.dataset.chooses);
  if (!select || select.value === field.dataset.choice) return;
  select.value = field.dataset.choice;
  select.dispatchEvent(new Event("change", { bubbles: true }));
});
