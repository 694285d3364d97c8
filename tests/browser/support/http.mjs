// Requests as a browser makes them, but from a network address, and to a certificate, of our choice.
import http from "node:http";
import https from "node:https";

/** Answers with status, headers and text. `from` is the address that the request leaves from. */
export function ask(url, { method = "GET", headers = {}, body = null, from = "127.0.0.1", ca = null, event = null } = {}) {
  const { request } = url.startsWith("https:") ? https : http;
  const host = new URL(url).hostname;
  return new Promise((done, failed) => {
    const options = { method, headers, localAddress: from, ca, servername: host, agent: false };
    const sent = request(url, options, (answer) => {
      const told = { status: answer.statusCode, headers: answer.headers, text: "" };
      answer.setEncoding("utf8");
      answer.on("data", (text) => {
        told.text += text;
        // A stream of events never ends: the one that was waited for is enough.
        if (event?.test(told.text)) {
          done(told);
          sent.destroy();
        }
      });
      answer.on("end", () => done(told));
    });
    sent.on("error", failed);
    sent.end(body);
  });
}

/** A form of the page at the same origin, with the session. */
export function post(url, fields, { cookie = "", ...more } = {}) {
  const form = fields instanceof URLSearchParams ? fields : new URLSearchParams(fields);
  const headers = {
    origin: new URL(url).origin, "sec-fetch-site": "same-origin", cookie,
    "content-type": "application/x-www-form-urlencoded", ...more.headers,
  };
  return ask(url, { method: "POST", ...more, headers, body: form.toString() });
}

/** The cookies that an answer sets, as the next request brings them. */
export function cookies(answer) {
  return (answer.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
}
