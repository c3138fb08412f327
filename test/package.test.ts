/**
 * The worry: what runs in the checkout does not run for whoever installs the package. So it is packed and installed as
 * a user would, and does there what the README promises. All of it happens in a folder of its own, on a copy of the
 * checkout and without the network, so that nothing is built twice at once and nothing is left behind.
 */
import { spawn } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClewProcess, type Ended } from "./cli/clew-process.ts";

const root = join(import.meta.dirname, "..");
const place = realpathSync(mkdtempSync(join(tmpdir(), "clew-package-")));
const checkout = join(place, "checkout");
const home = join(place, "home");
const installed = join(home, "node_modules", "clew");
const example = "node_modules/clew/dist/examples/order-processing";

const tsc = join(root, "node_modules", ".bin", "tsc");
const strict = ["--noEmit", "--strict", "--skipLibCheck", "false", "--types", "node", "--module", "nodenext"];
/** Checks types as a user would who trusts nobody. */
const check = (...files: readonly string[]) => run(tsc, [...strict, "--allowImportingTsExtensions", ...files]);

const searched = (process.env["PATH"] ?? "").split(delimiter);
/** Nothing of what npm or vitest put into the environment. */
const env = {
  PATH: [dirname(process.execPath), ...searched].join(delimiter),
  HOME: place,
  npm_config_cache: join(place, "npm-cache"),
};

function run(command: string, args: readonly string[], given: { cwd?: string; PATH?: string } = {}): Promise<Ended> {
  const { cwd = home, PATH = env.PATH } = given;
  return new ClewProcess(spawn(command, args, { cwd, env: { ...env, PATH }, stdio: ["ignore", "pipe", "pipe"] })).ended;
}

const clew = (...args: readonly string[]) => run("node_modules/.bin/clew", args);
const write = (file: string, text: string) => writeFileSync(join(home, file), text);
const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly version: string;
    readonly dependencies?: Readonly<Record<string, string>>;
  };

/** Folders of the checkout's own packages, for an installation that asks no registry. */
function foldersOf(packages: readonly string[]): string[] {
  return packages.flatMap((name) => {
    const folder = join(root, "node_modules", name);
    return [folder, ...foldersOf(Object.keys(manifestOf(folder).dependencies ?? {}))];
  });
}

function copyCheckout(): void {
  const left = ["node_modules", ".git", "dist", ".clew", "coverage"];
  cpSync(root, checkout, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
  // What may lie about in a checkout, and has no place in a package.
  for (const stray of [".clew/journal.db", "dist/src/removed-since.js", "examples/order-processing/.clew/shop.db"]) {
    mkdirSync(dirname(join(checkout, stray)), { recursive: true });
    writeFileSync(join(checkout, stray), "stray");
  }
}

let tarball: string;

beforeAll(async () => {
  copyCheckout();
  mkdirSync(home);
  const packed = await run("npm", ["pack", "--pack-destination", place], { cwd: checkout });
  expect(packed, packed.stdout + packed.stderr).toMatchObject({ code: 0 });
  tarball = join(place, `clew-${manifestOf(root).version}.tgz`);
  write("package.json", '{ "name": "home", "private": true, "type": "module" }');
  const needed = foldersOf([...Object.keys(manifestOf(root).dependencies ?? {}), "@types/node"]);
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--offline", "--install-links"];
  const install = await run("npm", ["install", ...quiet, tarball, ...needed]);
  expect(install, install.stdout + install.stderr).toMatchObject({ code: 0 });
}, 60_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("the tarball", () => {
  it("holds what is built, the examples, the documents, and no more", () => {
    const sources = globSync("src/**/*.ts", { cwd: checkout })
      .filter((path) => !path.endsWith(".test.ts") && !path.startsWith("src/testing/"))
      .map((path) => path.slice(0, -".ts".length));
    const ofExample = globSync("examples/order-processing/**/*.*", { cwd: checkout })
      .filter((path) => !path.endsWith(".test.ts") && !path.endsWith("/rehearsal.ts"))
      .flatMap((path) => (path.endsWith(".ts") ? [path, `${path.slice(0, -".ts".length)}.js`] : [path]));
    const template = globSync("examples/first-workflow/*.ts", { cwd: checkout });
    const expected = [
      ...["package.json", "README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "llms.txt", "bin/clew.cjs"],
      ...globSync("docs/**/*.md", { cwd: checkout }).filter((path) => !path.startsWith("docs/gallery/")),
      ...sources.map((path) => `dist/${path}.js`),
      ...sources.filter((path) => !path.startsWith("src/cli/")).map((path) => `dist/${path}.d.ts`),
      ...[...ofExample, ...template].map((path) => `dist/${path}`),
    ];
    expect(filesOf(installed)).toEqual(expected.sort());
  });

  it("is small", () => {
    const sizes = filesOf(installed).map((path) => ({ path, bytes: statSync(join(installed, path)).size }));
    expect(sizes.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(2_500_000);
    const large = sizes.filter(({ bytes }) => bytes > 64_000).map(({ path }) => path);
    expect(large).toEqual(["dist/examples/order-processing/orders.jsonl"]);
    expect(statSync(tarball).size).toBeLessThan(700_000);
  });

  it("is as publint wants it", async () => {
    const { buffer } = new Uint8Array(readFileSync(tarball));
    const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages).toEqual([]);
  });

  // The profile leaves out `node10`, which knows no `exports` and is no more in TypeScript, and `node16` from CommonJS,
  // where it says that a module is required that is none: every Node that runs Clew can do that, as a test below shows.
  it("has the types that belong to its modules, for nodenext and for bundlers", async () => {
    const attw = fileURLToPath(new URL("dist/index.js", import.meta.resolve("@arethetypeswrong/cli/package.json")));
    const { code, stdout } = await run("node", [attw, tarball, "--profile", "esm-only", "--no-emoji"]);
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/node16 \(from ESM\) │ OK \(ESM\) /);
    expect(stdout).toMatch(/bundler +│ OK /);
  });
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

describe("the installed command", () => {
  it("says its version", async () => {
    expect(await clew("--version")).toEqual({ code: 0, stdout: `clew ${manifestOf(root).version}\n`, stderr: "" });
  });

  it("runs the example that lies in the package, and nothing warns", async () => {
    const [order] = readFileSync(join(home, example, "orders.jsonl"), "utf8").split("\n");
    const workers = ["--workers", `${example}/workers.js`];
    const ended = await clew("run", `${example}/order-processing.yaml`, ...workers, "-i", order ?? "");
    expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain("ecommerce_order_processing@1  ✓ completed");
  });

  it("runs the user's own workers, written in TypeScript", async () => {
    write("trip.yaml", tripYaml);
    write("workers.ts", workersModule);
    const ended = await clew("run", "trip.yaml", "--workers", "workers.ts", "-i", '{"to":"Lisbon"}');
    expect(ended, ended.stderr).toMatchObject({ code: 9, stderr: "" });
    expect(ended.stdout).toContain("book_trip@1  ↩ compensated");
  });

  it("writes a first workflow that has right types, runs and passes its test", async () => {
    const begun = await clew("init", "first");
    expect(begun, begun.stderr).toMatchObject({ code: 0, stderr: "" });
    expect(await check("first/trip.ts", "first/workers.ts", "first/trip.test.ts")).toMatchObject({
      code: 0,
      stdout: "",
    });
    const cwd = join(home, "first");
    const trip = ["trip.ts", "--workers", "workers.ts", "-i", '{"to":"Atlantis","nights":2}'];
    const ended = await run("../node_modules/.bin/clew", ["run", ...trip], { cwd });
    expect(ended, ended.stderr).toMatchObject({ code: 9 });
    expect(ended.stdout).toContain("book_trip@1  ↩ compensated");
    const tested = await run("node", ["--test"], { cwd });
    expect(tested, tested.stdout).toMatchObject({ code: 0 });
  });

  it("shows the demo", { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await clew("demo");
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain("1000 orders: 887 completed, 113 undone, 0 in limbo");
    expect(stderr).toContain("(SIGKILL)");
    expect(stderr).not.toContain("Warning");
  });
});

describe("the installed library", () => {
  it("is the same engine in a program in TypeScript, on plain Node", async () => {
    write("workers.ts", workersModule);
    write("program.ts", program);
    expect(await run("node", ["program.ts"])).toEqual({ code: 0, stdout: "compensated\n", stderr: "" });
  });

  it("has types that hold by themselves, unskipped and strict", async () => {
    write("workers.ts", workersModule);
    write("program.ts", program);
    write("wrong.ts", 'import { worker } from "clew";\nexport default worker(7, () => null);\n');
    expect(await check("program.ts")).toEqual({ code: 0, stdout: "", stderr: "" });
    const { code, stdout } = await check("wrong.ts");
    expect(code, stdout).not.toBe(0);
    expect(stdout).toMatch(/^wrong\.ts\(2,\d+\): error TS/);
  });

  it("can be required by a CommonJS module", async () => {
    write("program.cjs", 'console.log(typeof require("clew").Clew.open);\n');
    expect(await run("node", ["program.cjs"])).toEqual({ code: 0, stdout: "function\n", stderr: "" });
  });
});

describe("the installed command on another Node", () => {
  const pretended = join(place, "pretended");
  /** The folder of a Node that takes itself for another version. */
  function pretending(version: string): string {
    mkdirSync(pretended, { recursive: true });
    const lie = `Object.defineProperty(process, "version", { value: "v${version}" });
Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });\n`;
    writeFileSync(join(pretended, "lie.cjs"), lie);
    const script = `#!/bin/sh\nexec '${process.execPath}' --require '${join(pretended, "lie.cjs")}' "$@"\n`;
    writeFileSync(join(pretended, "node"), script);
    chmodSync(join(pretended, "node"), 0o755);
    return pretended;
  }

  const askedOn = (folder: string) =>
    run("node_modules/.bin/clew", ["--version"], { PATH: [folder, env.PATH].join(delimiter) });
  const refusal = (version: string) => ({
    code: 6,
    stdout: "",
    stderr: `clew: needs Node.js 24.15 or newer and found v${version}; put a newer one in the PATH\n`,
  });

  it.each(["24.15.0", "24.100.0", "25.0.0", "100.0.0"])("works on %s", async (version) => {
    expect(await askedOn(pretending(version))).toMatchObject({ code: 0, stderr: "" });
  });

  it.each(["24.14.9", "23.99.0", "9.99.0", "0.12.18"])("says in one line what is needed on %s", async (version) => {
    expect(await askedOn(pretending(version))).toEqual(refusal(version));
  });

  it("says so on the machine's own older Node, where there is one", async () => {
    const old = await olderNode();
    expect(await askedOn(old?.folder ?? pretending("20.20.2"))).toEqual(refusal(old?.version ?? "20.20.2"));
  });

  it("is written so that the oldest Node can read it", () => {
    const code = readFileSync(join(installed, "bin", "clew.cjs"), "utf8").replaceAll(/^#!.*|\/\*[^]*?\*\//g, "");
    expect(code).toContain("process.versions");
    expect(code).not.toMatch(/=>|`|\.\.\.|\?[.?]|,\s*[)\]}]|\b(?:let|const|class|async|await|import|export|of)\b/);
  });
});

async function olderNode(): Promise<{ readonly folder: string; readonly version: string } | undefined> {
  for (const folder of searched.filter((path) => !path.split(sep).includes("node_modules"))) {
    const node = join(folder, "node");
    if (!isExecutable(node)) continue;
    const version = (await run(node, ["--version"])).stdout.trim().slice(1);
    if (Number.parseInt(version, 10) < 24) return { folder, version };
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const tripYaml = `workflow: book_trip
version: 1
steps:
  - { step: book_flight, compensation: cancel_flight }
  - { step: book_hotel }
`;

const workersModule = `import { worker, WorkFailed } from "clew";

export default [
  worker("book_flight", () => ({ seat: "12A" })),
  worker("cancel_flight", () => null),
  worker("book_hotel", () => {
    throw new WorkFailed({ code: "no_room", title: "no room left", effect: "none", retryable: false });
  }),
];
`;

const program = `import { Clew, parseDefinition } from "clew";
import workers from "./workers.ts";

const parsed = parseDefinition({ file: "trip.yaml", text: ${JSON.stringify(tripYaml)} });
if (!parsed.ok) throw new Error("the definition is refused");
const clew: Clew = await Clew.open({ journal: "file:program.db", workers });
const { id } = await clew.start(parsed.workflow, { to: "Lisbon" });
const { status }: { readonly status: string } = await clew.result(id);
process.stdout.write(status + "\\n");
await clew.close();
`;
