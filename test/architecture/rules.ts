/**
 * What keeps the parts apart (docs/ARCHITECTURE.md), as data: one row a rule, each with a name and a sentence. The same
 * rows judge the sources and the fixtures, of which each breaks one. Tests may import what they like.
 */
import { matchesGlob } from "node:path";
import type { Import } from "./read-imports.ts";
import type { Token } from "./tokens.ts";

export interface SourceFile {
  /** From the root of the sources, with `/`. */
  readonly path: string;
  readonly lineCount: number;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

export interface Breach {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

export interface Rule {
  readonly name: string;
  readonly says: string;
  readonly breaches: (sources: readonly SourceFile[]) => Breach[];
}

interface Direction {
  readonly name: string;
  readonly says: string;
  /** The folder that the row is about; its own files it may always import. */
  readonly of: string;
  readonly may: readonly string[];
  /** Left out: any. */
  readonly packages?: readonly string[];
  readonly builtins?: false;
}

const pure = ["base/**", "definition/**", "saga/**"];
/** What the journal's port speaks: how runs are filtered is the same for every journal. */
const ports = ["journal/journal.ts", "journal/filter/**", "bus/*"];

const directions: readonly Direction[] = [
  { name: "base", says: "base imports nothing", of: "base", may: [], packages: [], builtins: false },
  {
    name: "definition",
    says: "definition imports base, and no module of Node's",
    of: "definition",
    may: ["base/**"],
    packages: ["yaml", "@noble/hashes", "@marcbachmann/cel-js"],
    builtins: false,
  },
  {
    name: "saga",
    says: "saga imports base and definition, and no module of Node's",
    of: "saga",
    may: ["base/**", "definition/**"],
    packages: [],
    builtins: false,
  },
  { name: "journal", says: "journal imports base, definition and saga", of: "journal", may: pure },
  { name: "bus", says: "bus imports base, definition and saga", of: "bus", may: pure },
  { name: "diagram", says: "diagram imports base, definition and saga", of: "diagram", may: pure },
  {
    name: "orchestrator",
    says: "orchestrator imports the ports, never an implementation and never worker",
    of: "orchestrator",
    may: [...pure, ...ports],
  },
  {
    name: "worker",
    says: "worker imports the ports, never an implementation and never orchestrator",
    of: "worker",
    may: [...pure, ...ports],
  },
  {
    name: "explore",
    says: "explore imports base, definition, saga and diagram",
    of: "explore",
    may: [...pure, "diagram/**"],
  },
  {
    name: "operations",
    says: "operations imports base, definition, saga, diagram, the ports and orchestrator",
    of: "operations",
    may: [...pure, ...ports, "diagram/**", "orchestrator/**"],
  },
];

/** Places that only their own folder, tests and these files may name, whatever the rows above allow. */
const guarded = [
  {
    name: "testing",
    says: "nothing imports testing: it would be shipped with the engine",
    place: "testing/**",
    by: [],
  },
  {
    name: "cli",
    says: "nothing imports cli: whatever it can do, a program can do without it",
    place: "cli/**",
    by: [],
  },
  {
    name: "implementations",
    says: "only clew.ts and testing name a journal or a bus",
    place: "{journal,bus}/!(filter)/**",
    by: ["clew.ts", "testing/**"],
  },
  {
    name: "system",
    says: "only clew.ts and testing name the real clock and the real randomness",
    place: "base/system.ts",
    by: ["clew.ts", "testing/**"],
  },
] as const;

/** Folders of `src/` that no direction binds; what guards them is above. */
const openFolders = ["testing", "cli"];

const longestFileLines = 500;

const vagueNames = ["util", "utils", "helper", "helpers", "common", "types", "interfaces"];

/** Words that read a clock, set a timer or throw a die: as calls, or from wherever they are imported. */
const timers = ["setTimeout", "setInterval", "setImmediate"];

export const rules: readonly Rule[] = [
  ...directions.map(directionRule),
  ...guarded.map(guardRule),
  {
    name: "known-folder",
    says: "every folder of src has a row here that says what it may import",
    breaches: (sources) => {
      const known = new Set([...directions.map((row) => row.of), ...openFolders]);
      return sources
        .filter(({ path }) => path.includes("/") && !known.has(folderOf(path)))
        .map((file) => wholeFile(file, `the folder ${folderOf(file.path)} is not in the table`));
    },
  },
  {
    name: "no-cycle",
    says: "sibling folders do not import each other in a circle",
    breaches: cycles,
  },
  {
    name: "short-file",
    says: `a file has at most ${longestFileLines} lines; a longer one holds two nouns`,
    breaches: (sources) =>
      sources
        .filter(({ lineCount }) => lineCount > longestFileLines)
        .map((file) => wholeFile(file, `${file.lineCount} lines`)),
  },
  {
    name: "telling-name",
    says: "a file or folder is named after what it holds, never utils, helpers, common, types or interfaces",
    breaches: (sources) =>
      sources.flatMap((file) =>
        file.path
          .split("/")
          .map((part) => part.split(".")[0] ?? "")
          .filter((stem) => vagueNames.includes(stem))
          .map((stem) => wholeFile(file, `is called ${stem}`)),
      ),
  },
  {
    name: "time-and-chance",
    says: "time and chance come through the ports: no clock, timer or die outside base/system.ts",
    breaches: (sources) =>
      sources.filter(({ path }) => !isTest(path) && path !== "base/system.ts").flatMap(timeAndChance),
  },
];

function directionRule({ name, says, of, may, packages, builtins }: Direction): Rule {
  const allows = (from: SourceFile, named: Import): boolean => {
    if (named.kind === "builtin") return builtins !== false;
    if (named.kind === "package") return packages?.includes(named.name) ?? true;
    return [`${of}/**`, ...may].some((place) => matchesGlob(named.path, place)) || guardOf(from, named) !== undefined;
  };
  return {
    name,
    says,
    breaches: (sources) => importBreaches(sources, (from, named) => folderOf(from.path) === of && !allows(from, named)),
  };
}

function guardRule({ name, says }: { readonly name: string; readonly says: string }): Rule {
  return {
    name,
    says,
    breaches: (sources) => importBreaches(sources, (from, named) => guardOf(from, named) === name),
  };
}

/** The guard that an import breaks. It is then judged by that guard alone, so that one mistake is told once. */
function guardOf(from: SourceFile, named: Import): string | undefined {
  if (named.kind !== "file") return undefined;
  const guard = guarded.find(({ place }) => matchesGlob(named.path, place));
  if (!guard || [...guard.by, homeOf(guard.place, named.path)].some((place) => matchesGlob(from.path, place))) {
    return undefined;
  }
  return guard.name;
}

/** The folder of a guarded file, whose other files may import it: `journal/sqlite` of `journal/sqlite/rows/row.ts`. */
function homeOf(place: string, path: string): string {
  const depth = place.split("/").length - 1;
  return `${path.split("/").slice(0, depth).join("/")}/**`;
}

function importBreaches(
  sources: readonly SourceFile[],
  breaks: (from: SourceFile, named: Import) => boolean,
): Breach[] {
  return sources
    .filter(({ path }) => !isTest(path))
    .flatMap((from) =>
      from.imports
        .filter((named) => breaks(from, named))
        .map((named) => ({ path: from.path, line: named.line, what: `imports ${nameOf(named)}` })),
    );
}

/** Every import that lies on a circle of folders. */
function cycles(sources: readonly SourceFile[]): Breach[] {
  const next = new Map<string, Set<string>>();
  for (const { path, imports } of sources.filter((file) => !isTest(file.path))) {
    for (const [here, there] of imports.flatMap((named) => crossing(path, named))) {
      next.set(here, (next.get(here) ?? new Set()).add(there));
    }
  }
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...(next.get(from) ?? [])].some((folder) => reaches(folder, to, seen));
  };
  return importBreaches(sources, ({ path }, named) =>
    crossing(path, named).some(([here, there]) => reaches(there, here)),
  );
}

/**
 * The two sibling folders between which an import crosses, at whatever depth: none where both files lie in one folder,
 * or one of them directly above the other, because a folder shares with its own subfolders what lies in it.
 */
function crossing(path: string, named: Import): (readonly [here: string, there: string])[] {
  if (named.kind !== "file") return [];
  const [from, to] = [path.split("/").slice(0, -1), named.path.split("/").slice(0, -1)];
  const fork = from.findIndex((part, depth) => part !== to[depth]);
  if (fork < 0 || fork >= to.length) return [];
  return [[from.slice(0, fork + 1).join("/"), to.slice(0, fork + 1).join("/")]];
}

function timeAndChance(file: SourceFile): Breach[] {
  const { tokens } = file;
  const value = (at: number): string | undefined => (tokens[at]?.kind === "text" ? undefined : tokens[at]?.value);
  const calls = (at: number, ...words: readonly string[]) => words.every((word, offset) => value(at + offset) === word);
  return tokens.flatMap((token, at) => {
    const found =
      token.kind === "word" &&
      (timers.includes(token.value) ||
        calls(at, "Date", ".", "now") ||
        calls(at, "Math", ".", "random") ||
        calls(at, "Date", "(", ")") ||
        (calls(at, "new", "Date") && value(at + 2) !== "("));
    return found ? [{ path: file.path, line: token.line, what: `uses ${token.value}` }] : [];
  });
}

const isTest = (path: string): boolean => path.endsWith(".test.ts");
const folderOf = (path: string): string => path.slice(0, Math.max(path.indexOf("/"), 0));
const nameOf = (named: Import): string => (named.kind === "file" ? named.path : named.name);
const wholeFile = ({ path }: SourceFile, what: string): Breach => ({ path, line: 1, what });
