// What packaging/release makes, as an admin meets it: the Debian package in a bare system of its own, the container
// image by its layers, the archive and its checksums. Runs as root, for it makes a system to install into.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const TOOLS = path.join(ROOT, "target/tools");
const HOUR = 3_600_000;

/** Runs a program and gives what it printed; what it complained of is in the error if it fails. */
function sh(program, args, options = {}) {
  const env = { ...process.env, PATH: `${TOOLS}/bin:${process.env.PATH}`, ...options.env };
  try {
    return execFileSync(program, args, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28, stdio: "pipe", ...options, env });
  } catch (why) {
    throw new Error(`${program} ${args.join(" ")} ended with ${why.status}:\n${why.stdout}\n${why.stderr}`);
  }
}

/** Waits for what `look` does without failing, at most a minute. */
async function until(what, look) {
  let last;
  for (let tries = 0; tries < 300; tries += 1) {
    try {
      return look();
    } catch (why) {
      last = why;
    }
    await new Promise((later) => setTimeout(later, 200));
  }
  throw new Error(`waited in vain for ${what}: ${last}`);
}

describe("what is published", { timeout: 2 * HOUR }, () => {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "anteroom-packages-"));
  const out = path.join(place, "out");
  const find = (pattern) => {
    const name = fs.readdirSync(out).find((file) => pattern.test(file));
    assert.ok(name, `${pattern} is among ${fs.readdirSync(out)}`);
    return path.join(out, name);
  };

  before(() => {
    for (const tool of ["cargo-deb", "cargo-about", "cargo-cyclonedx"]) {
      const features = tool === "cargo-about" ? ["--features", "cli"] : [];
      sh("cargo", ["install", tool, "--locked", "--quiet", "--root", TOOLS, ...features]);
    }
    sh("packaging/release", [out], { env: { PROFILE: "release" } });
  });
  after(() => {
    sh("sh", ["-c", `umount -q ${place}/system/proc || true; rm -rf ${place}`]);
  });

  test("every file has its checksum, and the archive holds what the admin needs", () => {
    sh("sha256sum", ["--check", "SHA256SUMS"], { cwd: out });
    const listed = sh("tar", ["--list", "--zstd", "--file", find(/linux\.tar\.zst$/)]);
    for (const file of ["anteroom", "LICENSE", "README.md", "INSTALL.md", "THIRD-PARTY", "anteroom.1", "anteroom.bash", "systemd/anteroom.service"]) {
      assert.match(listed, new RegExp(`^[^/]+/${file.replaceAll(".", "\\.")}$`, "m"));
    }
    const sbom = JSON.parse(fs.readFileSync(find(/\.cdx\.json$/), "utf8"));
    assert.equal(sbom.bomFormat, "CycloneDX");
    const names = sbom.components.map((component) => component.name);
    for (const name of ["poem", "redb", "rustls", "ring"]) assert.ok(names.includes(name), name);
    assert.match(fs.readFileSync(find(/THIRD-PARTY/), "utf8"), /redb/);
  });

  test("lintian finds nothing in the Debian package", () => {
    sh("lintian", ["--fail-on", "error,warning", "--allow-root", find(/_amd64\.deb$/)]);
  });

  test("the container image is the binary and an empty folder, for a user without a name", () => {
    const image = path.join(place, "image");
    fs.mkdirSync(image);
    sh("tar", ["--extract", "--file", find(/-container\.tar$/), "--directory", image]);
    const read = (file) => JSON.parse(fs.readFileSync(path.join(image, file), "utf8"));
    const [manifest] = read("manifest.json");
    assert.ok(manifest.RepoTags.includes("localhost/anteroom:latest"), `${manifest.RepoTags}`);
    const { config } = read(manifest.Config);
    assert.equal(config.User, "65532:65532");
    assert.deepEqual(Object.keys(config.Volumes), ["/data"]);
    assert.deepEqual(config.Healthcheck.Test, ["CMD", "/anteroom", "healthcheck"]);
    const root = path.join(place, "root");
    fs.mkdirSync(root);
    for (const layer of manifest.Layers) sh("tar", ["--extract", "--file", path.join(image, layer), "--directory", root]);
    assert.deepEqual(fs.readdirSync(root).sort(), ["anteroom", "data"]);
    assert.equal(fs.statSync(path.join(root, "data")).uid, 65532);
    // Nothing else is in the image, and the binary runs there, as that user, and looks after its own health.
    const inside = (args) => ["--userspec=65532:65532", root, "/anteroom", ...args];
    const env = { ANTEROOM_DATA_DIR: "/data", ANTEROOM_LISTEN: "127.0.0.1:18931", ANTEROOM_LOG: "warn" };
    const server = spawn("chroot", inside(["serve"]), { env: { PATH: process.env.PATH, ...env }, stdio: "inherit" });
    return until("the container to be healthy", () => sh("chroot", inside(["healthcheck"]), { env })).finally(() => server.kill("SIGKILL"));
  });

  test("the Debian package installs, upgrades without loss, and a purge keeps the data", async () => {
    const system = path.join(place, "system");
    const mirror = sh("apt-get", ["indextargets", "--format", "$(SITE)", "Created-By: Packages"]).split("\n")[0];
    const suite = sh("sh", ["-c", ". /etc/os-release; echo $VERSION_CODENAME"]).trim();
    sh("debootstrap", ["--variant=minbase", "--include=systemd-standalone-sysusers", suite, system, mirror]);
    const inside = (...args) => sh("chroot", [system, ...args], { env: { DEBIAN_FRONTEND: "noninteractive" } });
    const install = (deb) => {
      fs.copyFileSync(deb, path.join(system, "tmp/anteroom.deb"));
      return inside("dpkg", "--install", "--force-confold", "/tmp/anteroom.deb");
    };
    const version = () => inside("dpkg-query", "--show", "--showformat", "${Version}", "anteroom");

    install(find(/_amd64\.deb$/));
    assert.match(inside("anteroom", "version"), /^anteroom /);
    assert.match(inside("stat", "--format", "%a %U %G", "/etc/anteroom/anteroom.toml"), /^640 root anteroom/);
    inside("anteroom", "config", "check");

    // The firm works, edits the configuration, and is upgraded.
    const data = "/var/lib/anteroom";
    inside("install", "--directory", "--owner", "anteroom", "--mode", "0700", data);
    fs.writeFileSync(path.join(system, "tmp/password"), "seven herons wade at dusk\n");
    inside("runuser", "-u", "anteroom", "--", "anteroom", "init", "--data-dir", data, "--firm", "Harbour & Hall",
      "--owner-name", "Olive Ortiz", "--owner-email", "olive@firm.example", "--owner-password-file", "/tmp/password");
    const settings = path.join(system, "etc/anteroom/anteroom.toml");
    fs.appendFileSync(settings, 'listen = "127.0.0.1:18932"\n');
    const first = version();
    sh("cargo", ["deb", "--locked", "--no-build", "--target", "x86_64-unknown-linux-gnu", "--profile", "release", "--deb-version", "99.0.0-1", "--output", path.join(place, "newer.deb")]);
    install(path.join(place, "newer.deb"));
    assert.notEqual(version(), first);
    assert.match(fs.readFileSync(settings, "utf8"), /18932/);
    const server = spawn("chroot", ["--userspec=anteroom:anteroom", system, "/usr/bin/anteroom", "serve"], { stdio: "inherit", env: { PATH: process.env.PATH, HOME: data } });
    await until("the upgraded server to be healthy", () => inside("anteroom", "healthcheck", "--url", "http://127.0.0.1:18932"))
      .finally(() => server.kill("SIGKILL"));
    assert.match(inside("runuser", "-u", "anteroom", "--", "anteroom", "check"), /./);

    assert.match(inside("dpkg", "--purge", "anteroom"), /kept in \/var\/lib\/anteroom/);
    assert.ok(!fs.existsSync(path.join(system, "usr/bin/anteroom")));
    assert.ok(!fs.existsSync(settings));
    assert.ok(fs.existsSync(path.join(system, data, "anteroom.redb")));
  });
});
