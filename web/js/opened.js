// <… data-opened-url>: tells the server that a person sees this page: a post after it is loaded and visible. Mail scanners and
// browsers that fetch ahead run no script or show no page, so they do not count.

const url = document.querySelector("[data-opened-url]")?.dataset.openedUrl;

function tell() {
  if (document.prerendering || document.hidden) return;
  document.removeEventListener("visibilitychange", tell);
  fetch(url, { method: "POST", keepalive: true }).catch(() => {}); // the first submit of the form says the same
}

if (url) {
  document.addEventListener("visibilitychange", tell);
  document.addEventListener("prerenderingchange", tell, { once: true });
  tell();
}
