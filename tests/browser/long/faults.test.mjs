// The machine fails, or strangers lean on it: the server says so, serves the others, and goes on by itself. Runs as root,
// for it mounts small disks.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import { after, describe, test } from "node:test";
import { ask, cookies, post } from "../support/http.mjs";
import { OWNER, folder, found, freePort, run, serve } from "../support/server.mjs";
import { BLOCK, bytesOf, download, sender, sha256, stream } from "../support/uploads.mjs";

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

/** Writes to a file until no byte more fits on its disk. */
function fill(file) {
  const to = fs.openSync(file, "w");
  for (let some = MB; some >= 1; ) {
    try {
      fs.writeSync(to, Buffer.alloc(some));
    } catch (why) {
      assert.equal(why.code, "ENOSPC");
      some = Math.floor(some / 2);
    }
  }
  fs.closeSync(to);
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

  test("is full in the middle of an upload: that is said, nothing acknowledged is lost, and it goes on when there is room", async () => {
    const data = disk(64);
    const firm = await open(data);
    const cookie = await firm.logIn();
    const client = firm.origin + (await firm.addClient(cookie)).headers.location.replace(/(\/clients\/[^/]+).*/, "$1");
    const to = sender(client, cookie);
    const all = bytesOf("Ledger.zip", 24 * MB + 5);
    const upload = await to.begin("Ledger.zip", all.length);
    assert.deepEqual(await to.piece(upload, 0, all.subarray(0, 2 * MB)), { at: 2 * MB });

    const kind = { "content-type": "application/partial-upload", "upload-offset": `${2 * MB}`, "content-length": `${8 * MB}` };
    const piece = stream(upload, "PATCH", { ...to.headers, ...kind });
    await piece.write(all.subarray(2 * MB, 5 * MB));
    const filler = `${data}/filler`;
    fill(filler);
    await piece.write(all.subarray(5 * MB, 10 * MB));
    piece.end();
    const refused = await piece.answer;
    assert.equal(refused.status, 507, refused.text);
    assert.match(refused.text, /The server's disk is full. What has arrived of this file is kept\./);
    assert.deepEqual(await to.look(upload), { at: 2 * MB }, "what was acknowledged is there");
    const free = fs.statfsSync(data);
    assert.ok(free.bavail * free.bsize > 0, "what was not takes no room");
    assert.equal(await to.piece(upload, 2 * MB, all.subarray(2 * MB, 3 * MB)), null, "there is still no room");

    fs.rmSync(filler);
    let told = await to.look(upload);
    assert.deepEqual(told, { at: 2 * MB });
    while (!told.done) told = await to.piece(upload, told.at, all.subarray(told.at, told.at + 4 * MB));
    assert.equal(told.done.sha256, sha256(all));
    const whole = await download(`${firm.origin}${told.done.href}/download`, to.headers);
    assert.deepEqual(whole, { status: 200, sha256: sha256(all), bytes: all.length });
    await firm.stop();
    run("check", "--data-dir", data);
    assert.deepEqual(fs.readdirSync(`${data}/blobs/tmp`), []);
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

describe("a large file", { timeout: 900_000 }, () => {
  const STEP = 15 * BLOCK;
  const GB = 1_024 * STEP;
  /** Its bytes, step by step; no step is like another. */
  function* large() {
    const step = Buffer.alloc(STEP, "A line of a ledger, and the next one. ");
    for (let at = 0; at < GB; at += STEP) {
      step.writeUInt32BE(at);
      yield Buffer.from(step);
    }
  }
  const hash = createHash("sha256");
  for (const step of large()) hash.update(step);
  const digest = hash.digest("hex");

  test("of 1 GB comes and goes on a server of 256 MB, which takes no more memory for it than 16 MB", async (t) => {
    const before = await open();
    const cookie = await before.logIn();
    const client = (await before.addClient(cookie)).headers.location.replace(/(\/clients\/[^/]+).*/, "$1");
    const warm = sender(before.origin + client, cookie);
    assert.ok(await warm.form("Small.txt", bytesOf("Small.txt", 200_000)));
    await before.stop();
    // Anew, for the log-in has taken memory of its own.
    const firm = await serve({ data: before.data, port: before.port });
    execFileSync("prlimit", ["--pid", `${firm.pid}`, `--data=${256 * MB}`]);
    const to = sender(firm.origin + client, cookie);
    const list = await (await fetch(`${firm.origin}${client}/files`, { headers: { cookie } })).text();
    assert.ok(list.includes("Small.txt"), list);
    const idle = resident(firm.pid, "VmRSS");
    /** Megabytes above idle at the most, since this was asked last. */
    const peak = () => {
      const most = (resident(firm.pid) - idle) / MB;
      fs.writeFileSync(`/proc/${firm.pid}/clear_refs`, "5");
      return most;
    };
    const flat = (what) => {
      const most = peak();
      t.diagnostic(`${what}: at most ${most.toFixed(1)} MB above the ${(idle / MB).toFixed(1)} MB of an idle server`);
      assert.ok(most <= 16, `${what}: ${most} MB`);
    };
    peak();

    const upload = await to.begin("Pieces.bin", GB);
    let told = { at: 0 };
    for (const step of large()) told = await to.piece(upload, told.at, step);
    assert.equal(told?.done?.sha256, digest);
    flat("1 GB in pieces");

    const [head, end] = [`--cut\r\nContent-Disposition: form-data; name="file"; filename="Form.bin"\r\n\r\n`, "\r\n--cut--\r\n"];
    const kind = { "content-type": "multipart/form-data; boundary=cut", "content-length": `${head.length + GB + end.length}` };
    const form = stream(`${firm.origin}${client}/files`, "POST", { ...to.headers, ...kind });
    await form.write(head);
    for (const step of large()) await form.write(step);
    await form.write(end);
    form.end();
    const added = await form.answer;
    assert.equal(added.status, 303, added.text);
    flat("1 GB in a form");

    const whole = await download(`${firm.origin}${told.done.href}/download`, to.headers);
    assert.deepEqual(whole, { status: 200, sha256: digest, bytes: GB });
    flat("a download of 1 GB");
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
