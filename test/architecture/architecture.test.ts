/** The worry: a short cut is taken in one hurried line, and in a year nothing can be understood or replaced alone. */
import { globSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readImports } from "./read-imports.ts";
import { rules, type SourceFile } from "./rules.ts";
import { tokensOf } from "./tokens.ts";

const fixtures = fileURLToPath(new URL("./fixtures/", import.meta.url));
const sources = readSources(fileURLToPath(new URL("../../src/", import.meta.url)));

function readSources(root: string): SourceFile[] {
  return globSync("**/*.ts", { cwd: root })
    .sort()
    .map((path) => {
      const source = readFileSync(`${root}/${path}`, "utf8");
      const tokens = tokensOf(source);
      const lineCount = source.split("\n").length - 1;
      return { path, lineCount, tokens, imports: readImports(path, tokens) };
    });
}

const breachesOf = (files: readonly SourceFile[]): string[] =>
  rules.flatMap(({ name, breaches }) => breaches(files).map(({ path, line }) => `${name} ${path}:${line}`));

/** A fixture marks each of its lines that a rule must report. */
function marked(rule: string, root: string): string[] {
  return globSync("**/*.ts", { cwd: root }).flatMap((path) =>
    readFileSync(`${root}/${path}`, "utf8")
      .split("\n")
      .flatMap((line, at) => (line.includes("// breach") ? [`${rule} ${path}:${at + 1}`] : [])),
  );
}

describe("the sources", () => {
  it("are read, with their imports", () => {
    const system = sources.find(({ path }) => path === "base/system.ts");
    expect(system?.imports.map((named) => named.kind === "file" && named.path)).toEqual([
      "base/clock.ts",
      "base/ids.ts",
    ]);
  });

  it.each(rules)("keep the rule $name: $says", ({ breaches }) => {
    expect(breaches(sources).map(({ path, line, what }) => `src/${path}:${line} ${what}`)).toEqual([]);
  });
});

describe("the rules", () => {
  it("have each a fixture that breaks it", () => {
    expect(readdirSync(fixtures).sort()).toEqual([...rules.map(({ name }) => name), "clean"].sort());
  });

  it.each(rules)("report what breaks $name, all of it, and nothing else", ({ name }) => {
    const root = `${fixtures}${name}/src`;
    const expected = marked(name, root);
    expect(expected).not.toEqual([]);
    expect(breachesOf(readSources(root)).sort()).toEqual(expected.sort());
  });

  it("report nothing where none is broken", () => {
    const clean = readSources(`${fixtures}clean/src`);
    expect(clean.length).toBeGreaterThan(20);
    expect(breachesOf(clean)).toEqual([]);
  });
});

describe("reading imports", () => {
  const imported = (source: string) =>
    readImports("saga/decide.ts", tokensOf(source)).map((named) => (named.kind === "file" ? named.path : named.name));

  it.each([
    ['import a from "./a.ts"', "saga/a.ts"],
    ['import "./a.ts"', "saga/a.ts"],
    ["import a, { b as from } from '../base/a.ts'", "base/a.ts"],
    ['import type { A } from "../../outside.ts"', "../outside.ts"],
    ['import * as a from "./a.ts"', "saga/a.ts"],
    ['export * from "./a.ts"', "saga/a.ts"],
    ['export type * as a from "./a.ts"', "saga/a.ts"],
    ['export type { A } from "./a.ts"', "saga/a.ts"],
    ['type A = import("./a.ts").A', "saga/a.ts"],
    ["const a = await import(`./a.ts`)", "saga/a.ts"],
    ['new Worker(new URL("./a.ts", import.meta.url))', "saga/a.ts"],
    ['import.meta.resolve("./a.ts")', "saga/a.ts"],
    ['require("./a.ts")', "saga/a.ts"],
    ['import a from "@noble/hashes/sha2.js"', "@noble/hashes"],
    ['import a from "clew/testing"', "testing/index.ts"],
    ['export { b }; export * from "./a.ts"', "saga/a.ts"],
    ['export { b }\nexport * from "./a.ts"', "saga/a.ts"],
    ['import.meta.url; export * from "./a.ts"', "saga/a.ts"],
    ['const half = a / 2; import("./a.ts"); a / 2', "saga/a.ts"],
    ['const half = f(a) / 2; import("./a.ts"); a / 2', "saga/a.ts"],
    ['const half = 1 / 2; import("./a.ts"); a / 2', "saga/a.ts"],
    ['case /["`]/: import("./a.ts")', "saga/a.ts"],
    ['const quote = /["`]/; import("./a.ts")', "saga/a.ts"],
    ['const quote = text.split(/[/"]/u); import("./a.ts")', "saga/a.ts"],
    ['`${`${{ a: "}" }}`}`; import("./a.ts")', "saga/a.ts"],
    ['`${import("./a.ts")}`', "saga/a.ts"],
    ['`${/["`]/.test(b)}`; import("./a.ts")', "saga/a.ts"],
    ['`${() => { b; } + import("./a.ts")}`', "saga/a.ts"],
    ['{ `${b}` } import("./a.ts"); `c`', "saga/a.ts"],
  ])("sees %s", (source, path) => {
    expect(imported(source)).toEqual([path]);
  });

  it.each([
    ['// import "./a.ts"'],
    ['/* import "./a.ts" */'],
    ["const said = \"import './a.ts'\""],
    ['const said = `\\${import("./a.ts")}`'],
    ['export const a = { from: "./a.ts" }; const b = "from"'],
    ['export { a }; const from = "./a.ts"'],
    ["import.meta.url"],
    ['const a = { import: "./a.ts" }; a.import("./a.ts")'],
    ['new URL("./a.ts", base)'],
  ])("is not misled by %s", (source) => {
    expect(imported(source)).toEqual([]);
  });

  it("says on which line the name stands", () => {
    const tokens = tokensOf('/* one\n two */ `\n${"\\\n"}`;\nimport {\n  a,\n} from "./a.ts";\n');
    expect(readImports("saga/decide.ts", tokens).map(({ line }) => line)).toEqual([7]);
  });
});
