// Everything the pages without a login improve by script. Each works without it.
import "./first-look.js";
import "./local-time.js";
import "./toasts.js";
import "./password.js";
import "./prefill.js";
import "./opened.js";
