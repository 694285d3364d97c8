// Everything the portal improves by script. Each page works without it.
import "./first-look.js";
import "./local-time.js";
import "./toasts.js";
import "./menus.js";
import "./live-search.js";
import "./live-updates.js";
import "./count.js";
import "./copy.js";
import "./password.js";
import "./saves-itself.js";
import "./elements/file-drop.js";
