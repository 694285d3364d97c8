// Toasts: read aloud once the page is there, counting down while Undo is possible, gone after a while unless somebody is at them.
import { announce } from "./lib/page.js";

const STAYS = 10; // seconds, when there is nothing to undo
const LINGERS = 3; // seconds after the last chance to undo

for (const toast of document.querySelectorAll(".toast")) {
  announce(toast.querySelector("p").textContent);
  const started = Date.now();
  const undo = Number(toast.dataset.undoSeconds ?? 0);
  const timer = setInterval(() => {
    const left = Math.ceil(undo - (Date.now() - started) / 1000);
    const shown = toast.querySelector("[data-seconds]");
    if (shown && left > 0) shown.textContent = left;
    else shown?.closest("form").remove();
    const over = left < (undo ? -LINGERS : -STAYS);
    if (!toast.isConnected || (over && !toast.matches(":hover, :focus-within"))) {
      clearInterval(timer);
      toast.remove();
    }
  }, 250);
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".toast [data-close]")) event.target.closest(".toast").remove();
});
