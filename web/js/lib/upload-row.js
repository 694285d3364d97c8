// A line for each file in a <file-drop>, made of the template that the page brings.
import { pace, roughly, size } from "./measure.js";

const PAUSE = 250; // milliseconds between two looks of a line, so that words can be read

/** Shows an upload in `list`. `act` hears "again", "stop" or "choose" from its buttons. */
export function row(template, list, upload, act) {
  const line = template.content.querySelector("li").cloneNode(true);
  const part = (name) => line.querySelector(`[data-${name}]`);
  const bar = line.querySelector("progress");
  const speed = pace();
  part("name").textContent = upload.name;
  bar.setAttribute("aria-label", `Adding ${upload.name}`);
  for (const button of line.querySelectorAll("button")) {
    button.querySelector(".visually-hidden").textContent = ` ${upload.name}`;
    button.addEventListener("click", () => act(button.dataset.act));
  }
  let later = null;
  const draw = () => {
    clearTimeout(later);
    later = null;
    const { state, bytes, moved } = upload;
    line.dataset.state = state;
    bar.hidden = !["sending", "lost", "stopped"].includes(state);
    bar.max = Math.max(bytes, 1);
    bar.value = moved;
    part("said").textContent = words(upload, speed.speed());
    part("said").classList.toggle("error", ["failed", "refused"].includes(state));
    show(line, "again", state === "lost" || (state === "failed" && !upload.final));
    show(line, "choose", state === "stopped");
    show(line, "stop", state !== "done");
    const stop = line.querySelector("[data-act=stop]").firstChild;
    stop.textContent = ["new", "failed", "refused"].includes(state) ? "Remove" : "Cancel";
    if (state === "done" && upload.result.href) link(part("name"), upload.result.href);
  };
  upload.addEventListener("change", () => {
    if (upload.state !== "sending") speed.restart();
    if (upload.state !== "cancelled") return draw();
    clearTimeout(later);
    line.remove();
  });
  upload.addEventListener("progress", () => {
    speed.at(upload.moved);
    later ??= setTimeout(draw, PAUSE);
  });
  draw();
  list.append(line);
  list.hidden = false;
}

const show = (line, act, yes) => { line.querySelector(`[data-act=${act}]`).hidden = !yes; };

function words({ state, why, bytes, moved, path }, speed) {
  const whole = size(bytes);
  const percent = `${bytes ? Math.floor((moved / bytes) * 100) : 0} %`;
  switch (state) {
    case "new": return path ? `${whole}, in ${path}` : whole;
    case "waiting": return `${whole}, waits for its turn`;
    case "sending": {
      if (moved >= bytes) return "Arrived, is being stored";
      const left = speed > 0 ? ` · ${size(Math.round(speed))} a second · ${roughly((bytes - moved) / speed)} left` : "";
      return `${percent} of ${whole}${left}`;
    }
    case "lost": return `${percent} of ${whole}. The connection is lost. It goes on by itself when it is back.`;
    case "stopped": return `It stopped at ${percent}. Choose it again to go on.`;
    case "failed":
    case "refused": return why;
    default: return `${whole}, added`;
  }
}

function link(place, href) {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = place.textContent;
  place.replaceChildren(link);
}
