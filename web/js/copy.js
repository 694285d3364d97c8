// <button data-copy="text" data-said="Copied">: copies, and says so in its own place for a moment.
import { announce } from "./lib/page.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.querySelector("span") ?? button;
  const words = label.textContent;
  const said = await copied(button.dataset.copy) ? button.dataset.said ?? "Copied" : "Select the link and copy it";
  label.textContent = said;
  announce(said);
  setTimeout(() => { label.textContent = words; }, 2000);
});

/** The clipboard needs https or this machine; elsewhere it is not there at all. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
