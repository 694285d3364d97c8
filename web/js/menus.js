// Menus: ↓ on the button opens and enters; ↑ ↓ Home End move. Tab and Esc work by themselves, for a menu is a popover.
import { all } from "./lib/page.js";

document.addEventListener("keydown", (event) => {
  const button = event.target.closest("[popovertarget]");
  const menu = event.target.closest(".menu");
  if (menu) move(event, menu);
  else if (button && event.key === "ArrowDown") enter(event, button);
});

function enter(event, button) {
  const menu = document.getElementById(button.getAttribute("popovertarget"));
  if (!menu?.matches(".menu")) return;
  event.preventDefault();
  if (!menu.matches(":popover-open")) button.click();
  menu.querySelector(".menu-item")?.focus();
}

function move(event, menu) {
  const items = all(".menu-item", menu);
  const now = items.indexOf(document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length).focus();
}

// A menu closes once something in it was chosen that keeps the page.
document.addEventListener("click", (event) => {
  if (event.target.closest(".menu-item")) event.target.closest(".menu:popover-open")?.hidePopover();
});
