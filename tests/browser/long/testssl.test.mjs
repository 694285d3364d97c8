// How the binary encrypts, in the eyes of Debian's testssl.sh: https with a certificate from files.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { folder, found, freePort, serve } from "../support/server.mjs";

/** From the mildest on. WARN and FATAL say that something could not be looked at: no reason to be content. */
const ABOVE_LOW = new Set(["MEDIUM", "HIGH", "CRITICAL", "WARN", "FATAL"]);

/** What is found because of this test's own certificate or of the tool, and not because of the program; with the reason. */
const NOT_OURS = new Map([
  ["cert_revocation", "the CA made for this test takes nothing back: it has neither a CRL nor an OCSP"],
  ["engine_problem", "the tool's own openssl knows no GOST ciphers; we offer none"],
]);

/** A certificate for this machine, signed by a CA of its own. */
function certificates(at) {
  const ssl = (...args) => execFileSync("openssl", args, { cwd: at, stdio: "pipe" });
  ssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "365", "-subj", "/CN=Test CA",
    "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", "ca.key", "-out", "ca.pem");
  ssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "leaf.csr");
  const more = "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:FALSE\n";
  fs.writeFileSync(path.join(at, "leaf.ext"), more);
  ssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "90", "-extfile", "leaf.ext", "-out", "leaf.pem");
  const place = (file) => path.join(at, file);
  return { ca: place("ca.pem"), leaf: place("leaf.pem"), key: place("key.pem") };
}

let server, https, files;

before(async () => {
  const [at, data] = [folder(), folder()];
  const http = await freePort();
  https = await freePort();
  files = certificates(at);
  found(data, `https://localhost:${https}`);
  const tls = ["--tls", "files", "--tls-cert", files.leaf, "--tls-key", files.key];
  const listen = ["--listen-https", `127.0.0.1:${https}`, "--listen-http", `127.0.0.1:${http}`];
  server = await serve({ data, also: [...tls, ...listen] });
});
after(() => server?.stop());

test("testssl finds nothing to mend in how the server encrypts", { timeout: 900_000 }, async (t) => {
  const report = path.join(folder(), "report.json");
  const options = ["--quiet", "--color", "0", "--warnings", "batch", "--ip", "127.0.0.1", "--nodns", "none", "--add-ca", files.ca, "--jsonfile", report];
  // It ends with the number of what it found odd, so only the report tells.
  const printed = await promisify(execFile)("testssl", [...options, `https://localhost:${https}/login`], { maxBuffer: 1 << 26 }).catch((ended) => ended);
  assert.ok(fs.existsSync(report), `no report:\n${printed.stdout}\n${printed.stderr}`);
  const findings = JSON.parse(fs.readFileSync(report, "utf8"));
  const of = (id) => findings.find((one) => one.id === id)?.finding ?? `${id} was not looked at:\n${printed.stdout}`;

  for (const old of ["SSLv2", "SSLv3", "TLS1", "TLS1_1"]) assert.match(of(old), /not offered/, old);
  assert.match(of("cert_chain_of_trust"), /^passed/);
  for (const modern of ["TLS1_2", "TLS1_3"]) assert.match(of(modern), /^offered/, modern);
  const odd = findings.filter((one) => ABOVE_LOW.has(one.severity));
  const say = (one) => `${one.severity} ${one.id}: ${one.finding}`;
  for (const one of odd.filter((one) => NOT_OURS.has(one.id))) t.diagnostic(`${say(one)} (${NOT_OURS.get(one.id)})`);
  assert.deepEqual(odd.filter((one) => !NOT_OURS.has(one.id)).map(say), []);
});
