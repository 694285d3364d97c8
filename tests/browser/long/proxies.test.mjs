// The snippets of packaging/proxies in front of the binary, as Debian's nginx, Caddy and HAProxy read them.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import zlib from "node:zlib";
import { ask, cookies, post } from "../support/http.mjs";
import { OWNER, folder, found, freePort, serve } from "../support/server.mjs";

const SNIPPETS = path.resolve(import.meta.dirname, "../../../packaging/proxies");
/** Where the visitor sits; the proxies speak to the server from 127.0.0.1. */
const VISITOR = "127.0.0.7";
const SPOOFED = "203.0.113.66";

/** How each is configured for the test, out of the snippet, and started. */
const PROXIES = {
  nginx: {
    files({ snippet, keys, http, https, port, at }) {
      const site = snippet("nginx.conf")
        .replace(/^ *listen \[::\].*\n/gm, "")
        .replace("listen 80;", `listen 127.0.0.1:${http};`)
        .replace("listen 443 ssl", `listen 127.0.0.1:${https} ssl`)
        .replace("/etc/ssl/portal/fullchain.pem", keys.cert)
        .replace("/etc/ssl/portal/key.pem", keys.key)
        .replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`);
      return {
        "nginx.conf": `daemon off; pid ${at}/nginx.pid; error_log stderr; events {}
          http { access_log off; client_body_temp_path ${at}/b; proxy_temp_path ${at}/p; fastcgi_temp_path ${at}/f;
          uwsgi_temp_path ${at}/u; scgi_temp_path ${at}/s; ${site} }`,
      };
    },
    command: (at) => ["/usr/sbin/nginx", "-e", "stderr", "-c", `${at}/nginx.conf`, "-p", at],
  },
  caddy: {
    files({ snippet, keys, http, https, port }) {
      const site = snippet("Caddyfile")
        .replace("localhost {", `localhost {\n\tbind 127.0.0.1\n\ttls ${keys.cert} ${keys.key}`)
        .replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`);
      return { Caddyfile: `{\n\tadmin off\n\tskip_install_trust\n\thttp_port ${http}\n\thttps_port ${https}\n}\n${site}` };
    },
    command: (at) => ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", `${at}/Caddyfile`],
  },
  haproxy: {
    files({ snippet, keys, http, https, port }) {
      const site = snippet("haproxy.cfg")
        .replace("bind :80", `bind 127.0.0.1:${http}`)
        .replace("bind :443", `bind 127.0.0.1:${https}`)
        .replace("/etc/ssl/portal/portal.pem", keys.both)
        .replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`);
      return { "haproxy.cfg": site };
    },
    command: (at) => ["/usr/sbin/haproxy", "-db", "-f", `${at}/haproxy.cfg`],
  },
  "haproxy with PROXY v2": {
    also: ["--proxy-protocol"],
    files(facts) {
      const { "haproxy.cfg": site } = PROXIES.haproxy.files(facts);
      const line = `server anteroom 127.0.0.1:${facts.port}`;
      return { "haproxy.cfg": site.replace(line, `${line} send-proxy-v2`).replace(/^.*option forwardfor\n/m, "") };
    },
    command: (at) => PROXIES.haproxy.command(at),
  },
};

/** A certificate for the portal's name, by a CA that the visitors know. */
function certificate(at) {
  const ssl = (...args) => execFileSync("openssl", args, { cwd: at, stdio: "pipe" });
  ssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=portal.firm.example",
    "-addext", "subjectAltName=DNS:portal.firm.example,DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem");
  const read = (file) => fs.readFileSync(path.join(at, file), "utf8");
  fs.writeFileSync(path.join(at, "both.pem"), read("cert.pem") + read("key.pem"));
  return { ca: read("cert.pem"), cert: path.join(at, "cert.pem"), key: path.join(at, "key.pem"), both: path.join(at, "both.pem") };
}

/** A picture of noise, which no compression makes smaller: over the 1 MB that nginx takes by itself. */
function picture(side) {
  const rows = [];
  for (let row = 0; row < side; row += 1) rows.push(Buffer.from([0]), crypto.randomBytes(3 * side));
  const chunk = (kind, data) => {
    const named = Buffer.concat([Buffer.from(kind), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", zlib.deflateSync(Buffer.concat(rows))), chunk("IEND", Buffer.alloc(0))]);
}

function crc(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

/** Waits for what `look` gives, at most half a minute. */
async function until(what, look) {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await look().catch(() => null);
    if (found) return found;
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error(`waited in vain for ${typeof what === "function" ? what() : what}`);
}

for (const [name, proxy] of Object.entries(PROXIES)) {
  describe(`behind ${name}`, { timeout: 120_000 }, () => {
    let server, front, said = "", http, https, ca, origin;

    before(async () => {
      const at = folder();
      const [port, first, second] = [await freePort(), await freePort(), await freePort()];
      [http, https] = [first, second];
      const keys = certificate(at);
      ca = keys.ca;
      origin = `https://localhost:${https}`;
      const data = folder();
      found(data, origin);
      server = await serve({ data, port, also: ["--trusted-proxies", "127.0.0.1", ...(proxy.also ?? [])], direct: !proxy.also });
      // The snippet answers for the portal's public name; here that is this machine.
      const snippet = (file) => fs.readFileSync(path.join(SNIPPETS, file), "utf8").replaceAll(/^(?!#)(.*)portal\.firm\.example/gm, "$1localhost");
      const files = proxy.files({ snippet, keys, http, https, port, at });
      for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(at, file), text);
      const [program, ...args] = proxy.command(at);
      front = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, HOME: at, XDG_DATA_HOME: at, XDG_CONFIG_HOME: at } });
      for (const out of [front.stdout, front.stderr]) out.on("data", (text) => (said += text));
      await until(() => `${name} to answer:\n${said}\n${server.log()}`, async () => (await ask(`${origin}/healthz`, { ca })).status === 200);
    });
    after(async () => {
      // Not killed: a worker that is left behind would keep this process from ending.
      const gone = front && new Promise((done) => front.on("exit", done));
      front?.kill("SIGTERM");
      await Promise.all([gone, server?.stop()]);
    });

    const logIn = async (headers = {}) => {
      const answer = await post(`${origin}/login`, OWNER, { from: VISITOR, ca, headers });
      assert.equal(answer.status, 303, answer.text);
      return answer;
    };

    test("the visitor's address is the one that counts, whatever they claim", async () => {
      const cookie = cookies(await logIn({ "x-forwarded-for": SPOOFED, forwarded: `for=${SPOOFED}`, "x-real-ip": SPOOFED }));
      const named = await ask(`${origin}/login`, { from: VISITOR, ca, headers: { "x-request-id": "chosen-by-visitor" } });
      assert.match(named.headers["x-request-id"], /^[0-9a-z]{8,}$/);
      const page = await ask(`${origin}/console/activity`, { from: VISITOR, ca, headers: { cookie } });
      assert.equal(page.status, 200);
      assert.ok(page.text.includes(VISITOR), "Activity says where Olive logged in");
      assert.ok(!page.text.includes(SPOOFED));
    });

    test("cookies are for https alone, and plain http leads there", async () => {
      const cookie = (await logIn()).headers["set-cookie"].join("\n");
      assert.match(cookie, /__Host-/);
      assert.match(cookie, /Secure/);
      const plain = await ask(`http://localhost:${http}/login`, { from: VISITOR });
      assert.equal(plain.status, 308);
      assert.match(plain.headers.location, /^https:\/\/localhost[:/]/);
    });

    test("an upload of more than a megabyte arrives", async () => {
      const cookie = cookies(await logIn());
      const page = await ask(`${origin}/console/settings/brand`, { from: VISITOR, ca, headers: { cookie } });
      const seen = page.text.match(/name="seen" value="([^"]+)"/)[1];
      const form = new FormData();
      form.set("seen", seen);
      form.set("accent", page.text.match(/name="accent" value="(#[^"]+)"/)[1]);
      form.set("logo", new Blob([picture(680)], { type: "image/png" }), "logo.png");
      const sent = new Response(form);
      const headers = { cookie, origin, "sec-fetch-site": "same-origin", "content-type": sent.headers.get("content-type") };
      const body = Buffer.from(await sent.arrayBuffer());
      assert.ok(body.length > 1_300_000);
      const answer = await ask(`${origin}/console/settings/brand`, { method: "POST", from: VISITOR, ca, headers, body });
      assert.equal(answer.status, 303, answer.text.slice(0, 2_000));
    });

    test("what happens is seen without reload", async () => {
      const cookie = cookies(await logIn());
      const headers = { cookie, accept: "text/event-stream" };
      const made = await post(`${origin}/console/clients/new`, { name: "Alder Ltd", kind: "business", once: name }, { from: VISITOR, ca, cookie });
      assert.equal(made.status, 303, made.text);
      const client = made.headers.location.match(/\/console\/clients\/([^/?]+)/)[1];
      let told = null;
      const heard = ask(`${origin}/console/live?client=${client}`, { from: VISITOR, ca, headers, event: /data:/ }).then((event) => (told = event));
      // The change is made again until it is heard: the stream may not stand yet when it is made first.
      let calls = 0;
      await until("an event", async () => {
        calls += 1;
        const fields = { first: "Maya", last: `Linden ${calls}`, email: "", once: `${name}-${calls}` };
        await post(`${origin}/console/clients/${client}/contacts/new`, fields, { from: VISITOR, ca, cookie });
        return told;
      });
      await heard;
      assert.match(told.headers["content-type"], /text\/event-stream/);
    });
  });
}
