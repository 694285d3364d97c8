// Passwords: Show and Hide ([data-reveal="id"]), and while a new one is typed, how long it is (input[data-least]).

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  const field = button && document.getElementById(button.dataset.reveal);
  if (!field) return;
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.firstChild.data = shown ? "Hide" : "Show";
  button.setAttribute("aria-pressed", String(shown));
});

// A shown password is hidden again before it is sent, so that no browser keeps it as an ordinary text.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("[data-reveal][aria-pressed=true]")) button.click();
});

document.addEventListener("input", (event) => {
  const field = event.target.closest("input[data-least]");
  const line = field && document.getElementById(`${field.id}-strength`);
  if (!line) return;
  const length = [...field.value].length;
  const least = Number(field.dataset.least);
  const words = length === 0 ? "" : length < least ? `${length} of ${least} characters` : length < least + 6 ? "Long enough" : "Long enough, and good";
  if (line.textContent !== words) line.textContent = words;
});
