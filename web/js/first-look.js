// When a page is shown: an error summary takes the focus so that it is heard first, the fragment's row opens, and the current
// entry of a strip that scrolls sideways is in view.
import { all } from "./lib/page.js";

document.querySelector(".summary")?.focus();

function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = target && !target.matches("main") && (target.matches("details") ? target : target.querySelector("details"));
  if (details) details.open = true;
}
openTarget();
addEventListener("hashchange", openTarget);

for (const link of all(".record-nav [aria-current], .tabs [aria-current]")) link.scrollIntoView({ inline: "center", block: "nearest" });
