/**
 * The worry: documents that do not work. Every page's code blocks are run here, in their order, in a folder of their own:
 * a block with `file=` is written to that file, a program without one is run, commands are run as they stand, and lines
 * under `text` must stand in what the commands before them printed. At the end all TypeScript of the page must compile.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDefinition } from "clew";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Made from the sources by a program of its own, and compared with them in `reference.test.ts`. */
const isGenerated = (page: string) => page.startsWith("docs/reference/");
const pages = ["README.md", "CONTRIBUTING.md", ...under("docs"), ...under("examples")].filter(
  (page) => !isGenerated(page),
);

/** Commands that are run elsewhere, because they install, or run all that this test is part of. */
const elsewhere: ReadonlyMap<RegExp, string> = new Map([
  [/^npm ci\b/, ".ci/run, in a fresh clone"],
  [/^npm (?:test|run check|run format|run build|run docs|pack|install)\b/, ".ci/run and test/package.test.ts"],
  [/^npm run demo\b/, "test/demo.test.ts"],
  [/^npm run bench\b/, "by hand: a figure is no test"],
  [/^npm run simulate\b/, "test/simulation.test.ts"],
  [/^npm run ack-after-flush\b/, "test/ack-after-flush.test.ts"],
  [/^bin\/clew demo$/, "test/demo.test.ts"],
]);

function under(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md") && !file.includes("node_modules"))
    .map((file) => join(folder, file))
    .toSorted();
}

interface Block {
  readonly language: string;
  readonly info: string;
  readonly text: string;
  readonly line: number;
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w*)[ ]?([^\n]*)\n(.*?)^```$/gms)].map(
    ({ 1: language = "", 2: info = "", 3: code = "", index }) => ({
      language,
      info,
      text: code,
      line: text.slice(0, index).split("\n").length,
    }),
  );
}

class Page {
  readonly folder = mkdtempSync(join(tmpdir(), "clew-docs-"));
  private readonly env: NodeJS.ProcessEnv;
  private printed = "";

  constructor() {
    mkdirSync(join(this.folder, "node_modules"));
    for (const name of ["zod", "@types"])
      symlinkSync(join(root, "node_modules", name), join(this.folder, "node_modules", name));
    symlinkSync(root.replace(/\/$/, ""), join(this.folder, "node_modules/clew"));
    for (const name of ["examples", "docs"]) symlinkSync(join(root, name), join(this.folder, name));
    mkdirSync(join(this.folder, "bin"));
    symlinkSync(join(root, "bin/clew"), join(this.folder, "bin/clew"));
    writeFileSync(join(this.folder, "package.json"), '{ "type": "module" }');
    this.env = {
      ...process.env,
      NO_COLOR: "1",
      PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
    };
  }

  run({ language, info, text }: Block, at: number): void {
    const file = /(?:^| )file=(\S+)/.exec(info)?.[1];
    if (file !== undefined) return this.write(file, text);
    switch (language) {
      case "ts":
        this.write(`program-${at}.ts`, text);
        return this.node(`program-${at}.ts`);
      case "sh":
        return this.shell(text);
      case "text":
        return this.expectPrinted(text);
      case "yaml":
        return this.yaml(info, text);
      case "":
        return;
      default:
        throw new Error(`nobody knows how to run a block of ${language}`);
    }
  }

  compilerSays(): string {
    const programs = readdirSync(this.folder, { encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    if (programs.length === 0) return "";
    const compilerOptions = { allowImportingTsExtensions: true, noEmit: true };
    const config = { extends: join(root, "tsconfig.json"), compilerOptions, files: programs, include: [], exclude: [] };
    this.write("tsconfig.json", JSON.stringify(config));
    return this.spawn("tsc", ["-p", this.folder, "--pretty", "false"]).stdout;
  }

  private write(file: string, text: string): void {
    mkdirSync(join(this.folder, dirname(file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  private node(program: string): void {
    const { status, stdout, stderr } = this.spawn("node", ["--conditions=clew-source", program]);
    this.printed += stdout + stderr;
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  }

  /** Each command is one line, or several with `\` between them; `# exit 9` behind one says how it ends. */
  private shell(text: string): void {
    const commands = text
      .replaceAll("\\\n", " ")
      .split("\n")
      .filter((line) => /^[^#]/.test(line.trim()));
    for (const line of commands) {
      const [, command = "", comment = ""] = /^(.*?)(?:\s{2,}#(.*))?$/.exec(line.trim()) ?? [];
      const parts = command
        .split(" && ")
        .filter((part) => ![...elsewhere.keys()].some((pattern) => pattern.test(part)));
      if (parts.length === 0) continue;
      const functions =
        'clew() { "$ROOT/bin/clew" "$@"; }; npx() { "$@"; }; node() { command node --conditions=clew-source "$@"; }\n';
      const { status, stdout, stderr } = this.spawn("bash", ["-c", `${functions}${parts.join(" && ")}`]);
      this.printed += stdout + stderr;
      const expected = Number(/\bexit (\d+)/.exec(comment)?.[1] ?? 0);
      expect({ command, status, stderr: status === expected ? "" : stderr }).toEqual({
        command,
        status: expected,
        stderr: "",
      });
    }
  }

  private spawn(command: string, given: readonly string[]) {
    return spawnSync(command, given, {
      cwd: this.folder,
      env: { ...this.env, ROOT: root.replace(/\/$/, "") },
      encoding: "utf8",
    });
  }

  /** White space counts as one blank, so that columns may be of any width. */
  private expectPrinted(text: string): void {
    const printed = folded(this.printed);
    for (const line of text.split("\n").filter((one) => one.trim() !== "")) expect(printed).toContain(folded(line));
  }

  /** `steps`: what stands in a workflow's sequence. */
  private yaml(info: string, text: string): void {
    const whole = info === "steps" ? `workflow: w\nversion: 1\nsteps:\n${text}` : text;
    expect(parseDefinition({ text: whole, file: "block.yaml" })).toMatchObject({ ok: true });
  }
}

const folded = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

const withCode = pages.filter((page) => blocksOf(page).some(({ language }) => language !== ""));
test("there are pages with code", () => expect(withCode.length).toBeGreaterThan(5));

describe.each(withCode)("%s", (name) => {
  let page: Page;
  beforeAll(() => {
    page = new Page();
  });
  afterAll(() => rmSync(page.folder, { recursive: true, force: true }));

  test.each(blocksOf(name).map((block, at) => ({ ...block, at })))(
    "line $line: $language $info",
    (block) => expect(() => page.run(block, block.at)).not.toThrow(),
    60_000,
  );

  test("its TypeScript compiles", () => expect(page.compilerSays()).toBe(""), 60_000);
});

describe("llms.txt", () => {
  test("names pages that are there, and every page", () => {
    const text = readFileSync(join(root, "llms.txt"), "utf8");
    const named = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target ?? "");
    for (const target of named) expect(() => readFileSync(join(root, target)), target).not.toThrow();
    const wanted = under("docs").filter((page) => !page.startsWith("docs/adr/"));
    expect(wanted.filter((page) => !named.includes(page))).toEqual([]);
  });
});

test("every link to a file leads somewhere", () => {
  const broken = [...pages, ...under("docs")].flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8").replaceAll(/^```.*?^```$/gms, "");
    return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap(([, target = ""]) => {
      try {
        readdirSync(join(root, dirname(page), target));
        return [];
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === "ENOTDIR" ? [] : [`${page}: ${target}`];
      }
    });
  });
  expect(broken).toEqual([]);
});
