// What watches the server reads what it says: Prometheus its metrics, fail2ban its log, systemd its units. Runs as root,
// for a full disk is a small one that was mounted.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { ask, post } from "../support/http.mjs";
import { BINARY, OWNER, folder, found, freePort, serve } from "../support/server.mjs";

const PACKAGING = path.resolve(import.meta.dirname, "../../../packaging");

/** A server with a firm. */
async function founded(options = {}) {
  const server = await serve(options);
  found(server.data, server.origin);
  return server;
}

test("promtool finds nothing to say about the metrics", async () => {
  const port = await freePort();
  const server = await founded({ also: ["--metrics-listen", `127.0.0.1:${port}`] });
  for (const asked of ["/", "/login", "/help", "/nothing", "/console/clients", "/healthz"]) await ask(server.origin + asked);
  await post(`${server.origin}/login`, { ...OWNER, password: "seven herons wade at dawn" });
  await post(`${server.origin}/login`, OWNER);
  const { text } = await ask(`http://127.0.0.1:${port}/metrics`);
  const found = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  assert.equal(found.status, 0, `${found.stdout}${found.stderr}`);
  assert.equal(`${found.stdout}${found.stderr}`, "");
  await server.stop();
});

test("the rules for alerts are sound, and speak of metrics that exist", async () => {
  const rules = path.join(PACKAGING, "prometheus/anteroom.rules.yml");
  execFileSync("promtool", ["check", "rules", rules]);
  const source = execFileSync("grep", ["-rhoE", '"anteroom_[a-z_]+"', path.join(PACKAGING, "../src/server")], { encoding: "utf8" });
  const named = fs.readFileSync(rules, "utf8").match(/anteroom_[a-z_]+/g);
  for (const metric of named) assert.ok(source.includes(`"${metric}"`), metric);
});

test("a server whose disk is full is not ready, and is again by itself once there is room", async () => {
  const at = folder();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", at]);
  try {
    const server = await founded({ data: path.join(at, "data") });
    const ready = async () => (await ask(`${server.origin}/healthz/ready`)).status;
    assert.equal(await ready(), 200);
    const fill = path.join(at, "fill");
    spawnSync("dd", ["if=/dev/zero", `of=${fill}`, "bs=4k"]);
    for (let tries = 0; tries < 20 && (await ready()) === 200; tries += 1) await post(`${server.origin}/login`, OWNER);
    const { status, text } = await ask(`${server.origin}/healthz/ready`);
    assert.equal(status, 503);
    assert.match(JSON.parse(text).checks.store[0].output, /full/);
    assert.equal((await ask(`${server.origin}/healthz/live`)).status, 200);
    fs.rmSync(fill);
    const until = Date.now() + 60_000;
    while ((await ready()) !== 200) {
      assert.ok(Date.now() < until, server.log());
      await new Promise((later) => setTimeout(later, 200));
    }
    await server.stop();
  } finally {
    execFileSync("umount", ["--lazy", at]);
  }
});

describe("fail2ban", () => {
  const FILTER = path.join(PACKAGING, "fail2ban/filter.d/anteroom.conf");
  const planted = "a log-in failed event=auth.failed client_ip=198.51.100.7 tried=password who=staff (anteroom::auth)";

  /** The addresses that the filter reads from a log. */
  function banned(log) {
    const file = path.join(folder(), "log");
    fs.writeFileSync(file, log);
    const told = execFileSync("fail2ban-regex", ["--out", "ip", file, FILTER], { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });
    return told.split("\n").filter((line) => line !== "");
  }

  for (const format of ["human", "json"]) {
    test(`the filter finds who guessed, and nobody else, in the ${format} log`, async () => {
      const server = await founded({ also: ["--log-format", format, "-v"] });
      const guess = (from, fields, headers = {}) => post(`${server.origin}/login`, fields, { from, headers });
      const guessed = { ...OWNER, password: "seven herons wade at dawn" };
      await guess("127.0.0.5", guessed);
      await guess("127.0.0.6", { ...guessed, email: "nobody@firm.example" });
      for (const text of [planted, `\n${planted}`, `{"client_ip":"198.51.100.7","event":"auth.failed"}`, `x\r\nx anteroom[1]: ${planted}`]) {
        const bare = text.replace(/[\r\n]/g, "");
        const headers = { "user-agent": bare, "x-request-id": bare, "x-forwarded-for": "198.51.100.7" };
        await guess("127.0.0.7", { ...guessed, [text]: text }, headers);
        await guess("127.0.0.7", { email: `${text}@firm.example`, password: text }, headers);
        await ask(`${server.origin}/${encodeURIComponent(text)}?a=${encodeURIComponent(text)}`, { from: "127.0.0.7", headers });
      }
      await post(`${server.origin}/join`, { code: "AAAAA-AAAAA" }, { from: "127.0.0.8" });
      await ask(`${server.origin}/invite/${"A".repeat(43)}`, { from: "127.0.0.9" });
      await server.stop();

      const found = new Set(banned(server.log()));
      for (const from of ["127.0.0.5", "127.0.0.6", "127.0.0.8", "127.0.0.9"]) assert.ok(found.has(from), `${from}: ${server.log()}`);
      assert.ok(!found.has("198.51.100.7"), server.log());
    });
  }

  test("the filter reads the journal, where the time and the level are not in the line", () => {
    const line = (ip) => `Nov 26 15:12:53 portal anteroom[812]: ${planted.replace("198.51.100.7", ip)}\n`;
    const forged = `Nov 26 15:12:53 portal anteroom[812]: refused path="/${planted}" (anteroom::http::errors)\n`;
    assert.deepEqual(banned(line("2001:db8::7") + forged + line("192.0.2.4")), ["2001:db8::7", "192.0.2.4"]);
  });

  test("the jail is one that fail2ban can load", () => {
    const at = folder();
    fs.cpSync("/etc/fail2ban", at, { recursive: true });
    fs.rmSync(path.join(at, "jail.d"), { recursive: true });
    fs.cpSync(path.join(PACKAGING, "fail2ban"), at, { recursive: true });
    const told = spawnSync("fail2ban-client", ["-c", at, "--test", "-vv"], { encoding: "utf8" });
    const words = `${told.stdout}${told.stderr}`;
    assert.equal(told.status, 0, words);
    assert.match(words, /anteroom/);
  });
});

describe("systemd", () => {
  const UNITS = ["anteroom.service", "anteroom-http.socket", "anteroom-https.socket"];
  const at = folder();

  test("the units are free of mistakes", () => {
    for (const unit of UNITS) {
      const text = fs.readFileSync(path.join(PACKAGING, "systemd", unit), "utf8");
      fs.writeFileSync(path.join(at, unit), text.replace("/usr/bin/anteroom", BINARY));
    }
    const told = spawnSync("systemd-analyze", ["verify", "--man=no", ...UNITS.map((unit) => path.join(at, unit))], { encoding: "utf8" });
    assert.deepEqual([told.status, `${told.stdout}${told.stderr}`], [0, ""]);
  });

  test("the service has little that an intruder could use", () => {
    const unit = path.join(PACKAGING, "systemd/anteroom.service");
    const told = spawnSync("systemd-analyze", ["security", "--offline=yes", "--threshold=20", unit], { encoding: "utf8" });
    assert.equal(told.status, 0, told.stdout);
  });
});
