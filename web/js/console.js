// Everything the console improves by script. Each page works without it.
import "./first-look.js";
import "./local-time.js";
import "./toasts.js";
import "./menus.js";
import "./dialogs.js";
import "./shortcuts.js";
import "./live-search.js";
import "./live-updates.js";
import "./count.js";
import "./template-picker.js";
import "./chooses.js";
import "./insert-text.js";
import "./mail-preview.js";
import "./copy.js";
import "./password.js";
import "./accent.js";
import "./elements/file-drop.js";
