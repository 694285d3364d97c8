// A server that is killed at any moment and started again has everything that it had said yes to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { folder, freePort, run, serve } from "../support/server.mjs";
import fs from "node:fs";
import path from "node:path";

const ROUNDS = 20;
const PASSWORD = "seven herons wade at dusk";

/** A form as a browser sends it, with the session. */
async function post(origin, where, fields, cookie = "") {
  const answer = await fetch(origin + where, {
    method: "POST", redirect: "manual", body: new URLSearchParams(fields),
    headers: { cookie, origin, "sec-fetch-site": "same-origin" },
  });
  return { status: answer.status, cookie: answer.headers.get("set-cookie")?.split(";")[0] ?? "", to: answer.headers.get("location") ?? "" };
}

test(`kill -9 loses nothing acknowledged, ${ROUNDS} times`, { timeout: 1_200_000 }, async () => {
  const data = folder();
  const port = await freePort();
  const secret = path.join(data, "password");
  fs.writeFileSync(secret, `${PASSWORD}\n`);
  const origin = `http://127.0.0.1:${port}`;
  run("init", "--data-dir", data, "--firm", "Harbour & Hall", "--owner-name", "Olive Ortiz",
    "--owner-email", "olive@firm.example", "--owner-password-file", secret, "--public-url", origin);
  const kept = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await serve({ data, port });
    const { cookie } = await post(origin, "/login", { email: "olive@firm.example", password: PASSWORD });
    assert.ok(cookie, "the login is still there");
    // Several at once, and the server dies somewhere among them.
    let running = true;
    const worker = async (lane) => {
      for (let n = 0; running; n += 1) {
        const name = `Client ${round}-${lane}-${n}`;
        const fields = { name, kind: "business", once: `${round}-${lane}-${n}` };
        const done = await post(origin, "/console/clients/new", fields, cookie).catch(() => null);
        if (done?.status === 303) kept.push({ name, to: done.to });
      }
    };
    const workers = [0, 1, 2, 3].map(worker);
    await new Promise((later) => setTimeout(later, 150 + 37 * round));
    await server.kill();
    running = false;
    await Promise.all(workers);
  }
  assert.ok(kept.length > ROUNDS, `only ${kept.length} were acknowledged`);
  const server = await serve({ data, port });
  const { cookie } = await post(origin, "/login", { email: "olive@firm.example", password: PASSWORD });
  for (const { name, to } of kept) {
    const page = await fetch(origin + to, { headers: { cookie } });
    assert.equal(page.status, 200, `${name} was acknowledged and is gone`);
    assert.ok((await page.text()).includes(name));
  }
  await server.stop();
  assert.match(run("check", "--data-dir", data), /The index says what the records say/);
});
