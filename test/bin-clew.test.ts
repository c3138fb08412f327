/** The worry: the first command that somebody types ends in a stack trace, or a kill leaves an engine behind. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../bin/clew", import.meta.url));
const flags = ["--conditions=clew-source", "--disable-warning=ExperimentalWarning"];

let place: string;
let checkout: string;

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "clew bin ")));
  checkout = join(place, "a checkout");
  mkdirSync(join(checkout, "bin"), { recursive: true });
  mkdirSync(join(checkout, "node_modules", ".bin"), { recursive: true });
  mkdirSync(join(checkout, "src", "cli"), { recursive: true });
  mkdirSync(join(place, "path"));
  copyFileSync(script, join(checkout, "bin", "clew"));
});

afterEach(() => rmSync(place, { recursive: true }));

/** A Node that only says which one it is and what it was given, an argument a line. */
function fakeNode(path: string, version: string): void {
  const said = `if [ "$1" = --version ]; then echo ${version}; exit; fi; printf '%s\\n' ${version} $$ "$@"; exit 9`;
  writeFileSync(path, `#!/bin/sh\n${said}\n`);
  chmodSync(path, 0o755);
}

const checkoutNode = (version = "v24.21.0") => fakeNode(join(checkout, "node_modules", ".bin", "node"), version);
const machineNode = (version: string) => fakeNode(join(place, "path", "node"), version);

function clew(args: readonly string[] = [], command = join(checkout, "bin", "clew"), path = join(place, "path")) {
  const { status, stdout, stderr, pid } = spawnSync(command, args, {
    env: { PATH: path },
    cwd: place,
    encoding: "utf8",
  });
  const [node, nodePid, ...given] = stdout.split("\n").slice(0, -1);
  return { status, stdout, stderr, pid, node, nodePid, given };
}

const main = () => join(checkout, "src", "cli", "main.ts");

describe("bin/clew", () => {
  it("prefers the Node of the checkout to the machine's", () => {
    checkoutNode("v24.21.0");
    machineNode("v26.0.0");
    expect(clew()).toMatchObject({ node: "v24.21.0", given: [...flags, main()], stderr: "" });
  });

  it.each(["v24.15.0", "v24.16.1", "v24.100.0", "v25.0.0", "v100.0.0"])("takes the machine's Node %s", (version) => {
    machineNode(version);
    expect(clew(["demo"])).toMatchObject({ node: version, given: [...flags, main(), "demo"], stderr: "" });
  });

  it.each(["v24.14.9", "v23.99.0", "v9.99.0", "v0.12.18", "unknown"])("refuses the machine's Node %s", (version) => {
    machineNode(version);
    expect(clew()).toMatchObject({
      status: 6,
      stdout: "",
      stderr: `clew: needs Node.js 24.15 or newer and found ${version}; run "npm ci" in ${checkout}, or put a newer one in the PATH\n`,
    });
  });

  it("says in one line what is needed where there is no Node at all", () => {
    const { status, stdout, stderr } = clew();
    expect({ status, stdout, lines: stderr.split("\n").length - 1 }).toEqual({ status: 6, stdout: "", lines: 1 });
    expect(stderr).toContain("found none");
  });

  it("hands every argument over unchanged", () => {
    checkoutNode();
    const args = ["run", "two words", "", "*", "$HOME", "a\\b", "--", '"'];
    expect(clew(args).given.slice(flags.length + 1)).toEqual(args);
  });

  it("gives its process to Node, so that a kill hits the engine, and an exit code is Node's own", () => {
    checkoutNode();
    const { pid, nodePid, status } = clew();
    expect(nodePid).toBe(String(pid));
    expect(status).toBe(9);
  });

  it("finds its checkout through links, relative and absolute, and through the PATH", () => {
    checkoutNode();
    mkdirSync(join(place, "links"));
    symlinkSync("../a checkout/bin/clew", join(place, "links", "relative"));
    symlinkSync(join(place, "links", "relative"), join(place, "path", "clew"));
    const path = `${join(place, "path")}:/usr/bin:/bin`;
    expect(clew([], join(place, "path", "clew"), path).given).toEqual([...flags, main()]);
    expect(clew([], "./path/clew", path).given).toEqual([...flags, main()]);
    expect(clew(["-c", "clew"], "/bin/sh", path).given).toEqual([...flags, main()]);
  });

  it("lets no warning of Node's reach the terminal", () => {
    symlinkSync(process.execPath, join(checkout, "node_modules", ".bin", "node"));
    writeFileSync(
      main(),
      'import "node:sqlite";\nprocess.emitWarning("new", "ExperimentalWarning");\nconst said: string = "ran";\nconsole.log(said);\n',
    );
    expect(clew()).toMatchObject({ status: 0, stdout: "ran\n", stderr: "" });
  });
});
