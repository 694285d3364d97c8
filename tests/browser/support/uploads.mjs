// Files on their way in and out, as a script of a page sends them.
import { createHash } from "node:crypto";
import http from "node:http";

/** What is acknowledged of a file is a multiple of this. */
export const BLOCK = 64 * 1024;

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Bytes that no other file has. */
export function bytesOf(name, count) {
  const start = Buffer.from(`${name} `);
  return Buffer.concat([start, Buffer.alloc(count - start.length, createHash("sha512").update(name).digest())]);
}

/** A member of staff who adds files to a client; `headers` are those of a browser. What gets no answer is null. */
export function sender(client, cookie) {
  const headers = { cookie, accept: "application/json", "sec-fetch-site": "same-origin", origin: new URL(client).origin };
  const quiet = (url, options) => fetch(url, { redirect: "manual", ...options, headers: { ...headers, ...options.headers } }).catch(() => null);
  return {
    headers,
    async begin(name, bytes) {
      const answer = await quiet(`${client}/uploads`, { method: "POST", body: new URLSearchParams({ name, bytes, once: name }) });
      const told = answer?.status === 201 ? await answer.json().catch(() => null) : null;
      return told && `${client}/uploads/${told.id}`;
    },
    /** How far an upload is: {at}, or {done}. */
    async look(upload) {
      const answer = await quiet(upload, {});
      if (!answer) return null;
      if (!answer.ok) throw new Error(`${upload} was begun and is gone: ${answer.status}`);
      if (answer.status === 200) return answer.json().then((done) => ({ done }), () => null);
      return { at: Number(answer.headers.get("upload-offset")) };
    },
    /** Sends a piece: {at}, {done}, or null. */
    async piece(upload, at, body) {
      const kind = { "content-type": "application/partial-upload", "upload-offset": `${at}` };
      const answer = await quiet(upload, { method: "PATCH", body, headers: kind });
      if (answer?.status === 200) return { done: await answer.json().catch(() => null) };
      return answer?.status === 204 ? { at: Number(answer.headers.get("upload-offset")) } : null;
    },
    async form(name, bytes) {
      const form = new FormData();
      form.append("audience", "firm");
      form.append("file", new Blob([bytes]), name);
      return (await quiet(`${client}/files`, { method: "POST", body: form }))?.status === 303;
    },
  };
}

/** Sends a body bit by bit: `write` waits until it may go on, `answer` is {status, headers, text}. */
export function stream(url, method, headers) {
  const sent = http.request(url, { method, headers, agent: false });
  const answer = new Promise((done, failed) => {
    sent.on("error", failed);
    sent.on("response", (told) => {
      let text = "";
      told.setEncoding("utf8");
      told.on("data", (more) => (text += more));
      told.on("end", () => done({ status: told.statusCode, headers: told.headers, text }));
    });
  });
  answer.catch(() => {}); // whoever waits for it hears of it
  const write = (bytes) => new Promise((on) => (sent.write(bytes) ? on() : sent.once("drain", on)));
  return { write, end: () => sent.end(), answer };
}

/** Reads a file to its end: {status, sha256, bytes}. */
export function download(url, headers) {
  return new Promise((done, failed) => {
    const asked = http.get(url, { headers, agent: false }, (answer) => {
      const hash = createHash("sha256");
      let bytes = 0;
      answer.on("data", (some) => {
        hash.update(some);
        bytes += some.length;
      });
      answer.on("error", failed);
      answer.on("end", () => done({ status: answer.statusCode, sha256: hash.digest("hex"), bytes }));
    });
    asked.on("error", failed);
  });
}
