// The machine fails, or strangers lean on it: the server says so, serves the others, and goes on by itself. Runs as root,
// for it mounts small disks.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import { after, describe, test } from "node:test";
import { ask, cookies, post } from "../support/http.mjs";
import { OWNER, folder, found, freePort, run, serve } from "../support/server.mjs";

const MB = 1024 * 1024;
const mounted = [];
after(() => {
  for (const at of mounted) execFileSync("umount", ["--lazy", at]);
});

/** A disk of its own, of so many megabytes. */
function disk(size) {
  const at = folder();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}m,mode=0700`, "tmpfs", at]);
  mounted.push(at);
  return at;
}

/** A firm at work on a data folder. */
async function open(data = folder()) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  found(data, origin);
  const server = await serve({ data, port });
  const logIn = async (from = "127.0.0.1") => cookies(await post(`${origin}/login`, OWNER, { from }));
  let clients = 0;
  /** The status of adding a client, and where it lies. */
  const addClient = (cookie, notes = "") => {
    clients += 1;
    return post(`${origin}/console/clients/new`, { name: `Client ${clients}`, kind: "business", notes, once: `c${clients}` }, { cookie });
  };
  return { ...server, port, logIn, addClient };
}

const resident = (pid, what = "VmHWM") => Number(fs.readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`${what}:\\s+(\\d+) kB`))[1]) * 1024;

describe("the disk", { timeout: 300_000 }, () => {
  test("is full: writes are refused in words, reads go on, and with room all goes on", async () => {
    const data = disk(8);
    const firm = await open(data);
    const cookie = await firm.logIn();
    const filler = `${data}/filler`;
    fs.writeFileSync(filler, Buffer.alloc(4 * MB));
    const kept = [];
    let refused = null;
    while (!refused) {
      const done = await firm.addClient(cookie, "a note of some length. ".repeat(80));
      if (done.status === 303) kept.push(done.headers.location);
      else refused = done;
      assert.ok(kept.length < 20_000, "the disk is never full");
    }
    assert.equal(refused.status, 507);
    assert.match(refused.text, /disk/);
    assert.equal((await ask(firm.origin + kept[0], { headers: { cookie } })).status, 200);
    fs.rmSync(filler);
    const again = await firm.addClient(cookie);
    assert.equal(again.status, 303, again.text);
    for (const client of [...kept, again.headers.location]) {
      assert.equal((await ask(firm.origin + client, { headers: { cookie } })).status, 200, `${client} was acknowledged`);
    }
    await firm.stop();
    run("check", "--data-dir", data);
  });

  test("was mounted read-only: the server says so and does not start", async () => {
    const data = disk(64);
    const firm = await open(data);
    await firm.stop();
    execFileSync("mount", ["-o", "remount,ro", data]);
    const port = await freePort();
    assert.throws(
      () => execFileSync(firm.binary, ["serve", "--data-dir", data, "--listen", `127.0.0.1:${port}`], { stdio: "pipe" }),
      (why) => why.status === 77 && /written|read-only/.test(`${why.stderr}`),
    );
  });
});

describe("strangers", { timeout: 300_000 }, () => {
  /** Opens so many connections from many networks; `speak` is called on each, again and again. */
  async function crowd(port, size, speak = () => {}) {
    const sockets = [];
    for (let at = 0; at < size; at += 1) {
      const localAddress = `127.${1 + (at % 120)}.${1 + (Math.floor(at / 120) % 200)}.9`;
      const socket = net.connect({ port, host: "127.0.0.1", localAddress });
      socket.on("error", () => {});
      socket.on("connect", () => speak(socket));
      sockets.push(socket);
      if (at % 200 === 199) await new Promise((later) => setImmediate(later));
    }
    return () => sockets.forEach((socket) => socket.destroy());
  }

  test("10,000 who say nothing keep nobody out", async () => {
    const firm = await open();
    const leave = await crowd(firm.port, 10_000);
    const answers = [];
    for (let tries = 0; tries < 20; tries += 1) {
      answers.push(await ask(`${firm.origin}/login`, { from: "127.200.0.7" }).then((answer) => answer.status, (why) => why.code));
    }
    leave();
    assert.deepEqual([...new Set(answers)], [200]);
    await firm.stop();
  });

  test("1,000 who send a byte a second keep nobody out", async () => {
    const firm = await open();
    const timers = [];
    const leave = await crowd(firm.port, 1_000, (socket) => {
      socket.write("GET /login HT");
      timers.push(setInterval(() => socket.write("T"), 1_000));
    });
    const cookie = await firm.logIn("127.200.0.7");
    assert.ok(cookie, "Olive logs in meanwhile");
    for (let tries = 0; tries < 20; tries += 1) {
      assert.equal((await ask(`${firm.origin}/console/clients`, { from: "127.200.0.7", headers: { cookie } })).status, 200);
    }
    timers.forEach(clearInterval);
    leave();
    await firm.stop();
  });

  test("no file descriptor is left: the server waits without spinning, and goes on", async () => {
    const firm = await open();
    const cookie = await firm.logIn();
    const open_now = fs.readdirSync(`/proc/${firm.pid}/fd`).length;
    execFileSync("prlimit", ["--pid", `${firm.pid}`, `--nofile=${open_now + 8}:`]);
    const leave = await crowd(firm.port, 60);
    const ticks = () => fs.readFileSync(`/proc/${firm.pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13).reduce((sum, n) => sum + Number(n), 0);
    const before = ticks();
    await new Promise((later) => setTimeout(later, 2_000));
    assert.ok(ticks() - before < 100, `it used ${ticks() - before} hundredths of a second in two seconds`);
    leave();
    for (let tries = 0; ; tries += 1) {
      const answer = await ask(`${firm.origin}/console/clients`, { headers: { cookie } }).catch(() => null);
      if (answer?.status === 200) break;
      assert.ok(tries < 200, "it answers again");
      await new Promise((later) => setTimeout(later, 100));
    }
    assert.equal((await firm.addClient(cookie)).status, 303);
    await firm.stop();
  });

  test("log-ins and pages in crowds stay under 256 MB", async () => {
    const firm = await open();
    const cookie = await firm.logIn();
    const until = Date.now() + 10_000;
    const lane = async (n) => {
      while (Date.now() < until) {
        if (n % 4 === 0) await post(`${firm.origin}/login`, OWNER, { from: `127.201.${n}.1` }).catch(() => {});
        else await ask(`${firm.origin}/console/clients`, { from: `127.202.${n}.1`, headers: { cookie } }).catch(() => {});
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, n) => lane(n)));
    const peak = resident(firm.pid);
    assert.ok(peak < 256 * MB, `${Math.round(peak / MB)} MB`);
    await firm.stop();
  });
});

describe("SIGTERM", { timeout: 60_000 }, () => {
  test("during an upload ends the server in order, and the uploader hears of it", async () => {
    const firm = await open();
    const cookie = await firm.logIn();
    const socket = net.connect({ port: firm.port, host: "127.0.0.1" });
    let heard = "";
    socket.setEncoding("utf8");
    socket.on("data", (text) => (heard += text));
    const closed = new Promise((done) => socket.on("close", done));
    socket.on("error", () => {});
    socket.write(`POST /console/settings/brand HTTP/1.1\r\nHost: 127.0.0.1:${firm.port}\r\nOrigin: ${firm.origin}\r\nSec-Fetch-Site: same-origin\r\n` +
      `Cookie: ${cookie}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1500000\r\n\r\n--x\r\n`);
    const dripping = setInterval(() => socket.write("x".repeat(4_096)), 100);
    await new Promise((later) => setTimeout(later, 500));
    const stopped = firm.stop();
    await Promise.all([stopped, closed]);
    clearInterval(dripping);
    assert.ok(!/^HTTP\/1\.1 (200|303)/.test(heard), heard);
    run("check", "--data-dir", firm.data);
  });
});
