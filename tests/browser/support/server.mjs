// The real binary, on a free port and in a folder of its own.
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
export const BINARY = process.env.BINARY_UNDER_TEST ?? path.join(ROOT, "target/x86_64-unknown-linux-gnu/debug/anteroom");
const PATIENCE = 30_000;
const running = new Set();
const folders = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const data of folders) fs.rmSync(data, { recursive: true, force: true });
});

/** A port that nothing listens on. */
export function freePort() {
  return new Promise((found) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

/** A folder for data, gone when the tests end. */
export function folder() {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), "anteroom-browser-"));
  folders.add(data);
  return data;
}

/** What a verb of the command line prints. */
export function run(...args) {
  return execFileSync(BINARY, args, { encoding: "utf8" });
}

/** The owner of the firm that `found` sets up. */
export const OWNER = { email: "olive@firm.example", password: "seven herons wade at dusk" };

/** Sets a firm up without a browser. */
export function found(data, origin) {
  const secret = path.join(folder(), "password");
  fs.writeFileSync(secret, `${OWNER.password}\n`);
  return run("init", "--data-dir", data, "--firm", "Harbour & Hall", "--owner-name", "Olive Ortiz", "--owner-email", OWNER.email,
    "--owner-password-file", secret, "--public-url", origin);
}

/** Serves a data folder; `mail` is where mails go, if anywhere. With `also`, further options, it may not be `direct` to ask. */
export async function serve({ data = folder(), mail = null, port = null, also = [], direct = true } = {}) {
  port ??= await freePort();
  const args = ["serve", "--data-dir", data, "--listen", `127.0.0.1:${port}`, ...also];
  if (mail) {
    args.push("--smtp-host", "127.0.0.1", "--smtp-port", `${mail.port}`, "--smtp-security", "none");
    args.push("--mail-from", "portal@firm.example");
  }
  const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"] });
  let ended = false;
  child.on("exit", () => {
    ended = true;
    running.delete(child);
  });
  let log = "";
  child.stdout.on("data", (text) => (log += text));
  child.stderr.on("data", (text) => (log += text));
  running.add(child);
  const origin = `http://127.0.0.1:${port}`;
  if (direct) await ready(origin, () => log, () => ended);
  return {
    origin,
    data,
    pid: child.pid,
    binary: BINARY,
    log: () => log,
    /** As a power cut does. */
    kill: () =>
      new Promise((done) => {
        child.on("exit", done);
        child.kill("SIGKILL");
      }),
    stop: () =>
      new Promise((done, failed) => {
        child.on("exit", (code) => (code === 0 ? done() : failed(new Error(`the server ended with ${code}:\n${log}`))));
        child.kill("SIGTERM");
      }),
  };
}

async function ready(origin, log, ended) {
  const until = Date.now() + PATIENCE;
  while (Date.now() < until && !ended()) {
    const answer = await fetch(`${origin}/healthz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((later) => setTimeout(later, 50));
  }
  throw new Error(`the server did not answer within ${PATIENCE / 1000} s:\n${log()}`);
}

