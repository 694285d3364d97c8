// The address of a list names what was added just now (?added=, ?told=), and what was ticked before a page that asked (?ticked=). It
// holds once: a reload or a bookmark is the plain list.
const url = new URL(location.href);
const once = ["added", "told", "ticked"].filter((name) => url.searchParams.has(name));
if (once.length > 0) {
  once.forEach((name) => url.searchParams.delete(name));
  history.replaceState(history.state, "", url);
}
