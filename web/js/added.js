// The address of a list names what was added just now (?added=, ?told=). It is said once: a reload or a bookmark is the plain list.
const url = new URL(location.href);
if (url.searchParams.has("added") || url.searchParams.has("told")) {
  url.searchParams.delete("added");
  url.searchParams.delete("told");
  history.replaceState(history.state, "", url);
}
