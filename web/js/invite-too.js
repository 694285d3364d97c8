// Who can see it: of the contacts that are ticked, names those who have no access beside the tick that invites them. Without a
// script the server names them before anything is saved.
import { all } from "./lib/page.js";

/** "A", "A and B", "A, B and 2 more", as the server writes it. */
function listed(names) {
  if (names.length > 3) return `${names[0]}, ${names[1]} and ${names.length - 2} more`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

const nameOf = (tick) => tick.closest("label").querySelector(".title").textContent;
const whyNot = (tick) => tick.closest("label").querySelector(".hint").textContent;

function name(form) {
  const callout = form.querySelector("[data-invite-too]");
  const named = form.querySelector("[name=audience][value=named]")?.checked;
  if (!callout) return;
  const blind = all("[data-no-access]:checked", form);
  const invited = blind.filter((tick) => tick.dataset.noAccess === "invite");
  const names = document.createElement("strong");
  names.textContent = listed(blind.map(nameOf));
  const why = blind.length === 1 ? whyNot(blind[0]) : "they have no access";
  callout.querySelector("[data-cannot]").replaceChildren(names, ` cannot see it yet: ${why}.`);
  const ask = callout.querySelector("[data-ask]");
  if (ask) {
    ask.hidden = Boolean(named) && invited.length === 0;
    ask.querySelector("[data-ask-words]").textContent = `Invite ${listed(invited.map(nameOf))} too`;
  }
  callout.querySelector("[data-asked]").replaceChildren(...blind.map(asked));
}

function asked(tick) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "asked", value: tick.value });
  return field;
}

const nameAll = () => all("form:has([data-invite-too])").forEach(name);
document.addEventListener("change", (event) => event.target.form?.matches(":has([data-invite-too])") && name(event.target.form));
document.addEventListener("dialog-shown", nameAll);
nameAll();
