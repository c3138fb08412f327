/**
 * `clew init`: a first workflow that runs at once, in TypeScript, with its workers and a test. What is there already is
 * never overwritten. The files are those of `examples/first-workflow/`, which is tested as it stands.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ClewError } from "../base/errors.ts";
import type { Command, CommandContext } from "./command.ts";
import { worded } from "./look.ts";
import { terminalText } from "./terminal-text.ts";

const files = ["trip.ts", "workers.ts", "trip.test.ts"] as const;

/** In the checkout as in the package. */
const template = (file: string) => fileURLToPath(new URL(`../../examples/first-workflow/${file}`, import.meta.url));

export const init: Command = {
  name: "init",
  summary: "Writes a first workflow with its workers and a test, ready to run.",
  usage: "clew init [<folder>]",
  options: {},
  arguments: { least: 0, most: 1 },
  more: `<folder> is by default this one; it is made where it is missing. Files that are there already are never overwritten:
then nothing is written at all. Where package.json says nothing but dependencies it gets \`"type": "module"\`; where it says
more and is no module, it is left alone, and the files end in .mts.`,
  async run(context) {
    const folder = resolve(context.given.plain[0] ?? ".");
    const plan = planFor(folder);
    write(plan);
    tell(context, plan);
    return 0;
  },
};

interface Plan {
  readonly folder: string;
  /** Each file's name and text. */
  readonly files: ReadonlyMap<string, string>;
  /** What package.json is to be, if it is to be written. */
  readonly manifest: Readonly<Record<string, unknown>> | undefined;
  readonly ending: "ts" | "mts";
}

/** Everything is looked at before anything is written. */
function planFor(folder: string): Plan {
  if (existsSync(folder) && !lstatSync(folder).isDirectory()) throw notWritable(folder, "it is no folder");
  const manifest = manifestIn(folder);
  const known = manifest ?? { name: packageName(folder), private: true };
  const isBare = Object.keys(known).every((key) =>
    ["name", "private", "dependencies", "devDependencies"].includes(key),
  );
  const isModule = known["type"] === "module";
  const ending = isModule || isBare ? "ts" : "mts";
  const texts = files.map((file): [string, string] => {
    const text = readFileSync(template(file), "utf8");
    if (ending === "ts") return [file, text];
    return [file.replace(/ts$/, "mts"), text.replaceAll(/(from "\.\/\w+)\.ts"/g, '$1.mts"')];
  });
  refuseToOverwrite(
    folder,
    texts.map(([file]) => file),
  );
  return {
    folder,
    ending,
    files: new Map(texts),
    manifest: isModule || !isBare ? undefined : { ...known, type: "module" },
  };
}

function refuseToOverwrite(folder: string, names: readonly string[]): void {
  const there = names.filter((name) => lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined);
  if (there.length === 0) return;
  throw new ClewError("file_exists", `${terminalText(folder)} has ${there.join(", ")} already`, {
    mend: "Name another folder: clew init <folder>. Nothing was written.",
  });
}

function manifestIn(folder: string): Readonly<Record<string, unknown>> | undefined {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return undefined;
  try {
    const read: unknown = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return read as Record<string, unknown>;
  } catch {
    // What is wrong with it is the same as if it held a number.
  }
  throw new ClewError("file_unreadable", `cannot read ${terminalText(file)}: it is no JSON object`, {
    mend: "Mend it first. Nothing was written.",
  });
}

function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return name === "" ? "trip" : name;
}

function write({ folder, files: texts, manifest }: Plan): void {
  try {
    makeFolder(folder);
    for (const [file, text] of texts) writeFileSync(join(folder, file), text, { flag: "wx" });
    if (manifest) writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  } catch (cause) {
    throw notWritable(folder, (cause as Error).message, cause);
  }
}

const notWritable = (folder: string, why: string, cause?: unknown): ClewError =>
  new ClewError("file_unreadable", `cannot write to ${terminalText(folder)}: ${terminalText(why, 200)}`, {
    mend: "Name a folder that this user may write to: clew init <folder>.",
    cause,
  });

/** One after the other: asked to make a folder with all above it where none can be made, Node never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function tell(context: CommandContext, { folder, files: texts, manifest, ending }: Plan): void {
  const here = relative("", folder);
  const written = [...texts.keys(), ...(manifest ? ["package.json"] : [])];
  if (context.format === "json") return context.document({ folder, written });
  context.out(`${written.map((file) => `${worded(context, "ok")} ${terminalText(join(here, file))}\n`).join("")}\n`);
  const run = (to: string) => `npx clew run trip.${ending} -i '{"to":"${to}","nights":2}' --workers workers.${ending}`;
  const steps = [
    ...(here === "" ? [] : [`cd ${terminalText(here)}`]),
    run("Lisbon"),
    `${run("Atlantis")}   # no hotel there: undone`,
    `npx clew draw trip.${ending}`,
    "node --test",
  ];
  context.out(`Next:\n${steps.map((step) => `  ${step}\n`).join("")}`);
}
