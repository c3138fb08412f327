/**
 * `clew init`: a first workflow that runs at once, in TypeScript, with its workers and a test. What is there already is
 * never overwritten. The files are those of `examples/first-workflow/`, which is tested as it stands.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ClewError } from "../base/errors.ts";
import type { Command, CommandContext } from "./command.ts";
import { worded } from "./look.ts";
import { terminalText } from "./terminal-text.ts";

const files = ["trip.ts", "workers.ts", "trip.test.ts"];

/** In the checkout as in the package. */
const template = (file: string) => fileURLToPath(new URL(`../../examples/first-workflow/${file}`, import.meta.url));

export const init: Command = {
  name: "init",
  summary: "Writes a first workflow with its workers and a test, ready to run.",
  usage: "clew init [<folder>]",
  options: {},
  arguments: { least: 0, most: 1 },
  more: `<folder> is by default this one; it is made where it is missing. Files that are there already are never overwritten:
then nothing is written at all. A package.json without a \`type\` gets \`"type": "module"\`.`,
  async run(context) {
    const folder = resolve(context.given.plain[0] ?? ".");
    refuseToOverwrite(folder);
    mkdirSync(folder, { recursive: true });
    const written = files.map((file) => {
      writeFileSync(join(folder, file), readFileSync(template(file)), { flag: "wx" });
      return file;
    });
    const manifest = ensureModule(folder);
    tell(context, folder, manifest === "kept" ? written : [...written, "package.json"], manifest);
    return 0;
  },
};

function refuseToOverwrite(folder: string): void {
  const there = files.filter((file) => existsSync(join(folder, file)));
  if (there.length === 0) return;
  throw new ClewError("file_exists", `${terminalText(folder)} has ${there.join(", ")} already`, {
    mend: "Name another folder: clew init <folder>. Nothing was written.",
  });
}

type Manifest = "made" | "changed" | "kept" | "foreign";

/** Node reads the files as modules, which a package says once. */
function ensureModule(folder: string): Manifest {
  const file = join(folder, "package.json");
  if (!existsSync(file)) {
    const name = basename(folder)
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-");
    writeManifest(file, { name: name === "-" ? "trip" : name, private: true, type: "module" });
    return "made";
  }
  const manifest = readManifest(file);
  if (manifest["type"] === undefined) {
    writeManifest(file, { ...manifest, type: "module" });
    return "changed";
  }
  return manifest["type"] === "module" ? "kept" : "foreign";
}

function readManifest(file: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw new ClewError("file_unreadable", `cannot read ${terminalText(file)}: it is no JSON`, {
      mend: 'Mend it, then say in it: "type": "module". The other files were written.',
      cause,
    });
  }
}

function writeManifest(file: string, manifest: Readonly<Record<string, unknown>>): void {
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function tell(context: CommandContext, folder: string, written: readonly string[], manifest: Manifest): void {
  const here = relative("", folder);
  if (context.format === "json") return context.document({ folder, written });
  context.out(`${written.map((file) => `${worded(context, "ok")} ${terminalText(join(here, file))}\n`).join("")}\n`);
  const steps = [
    ...(here === "" ? [] : [`cd ${terminalText(here)}`]),
    `npx clew run trip.ts -i '{"to":"Lisbon","nights":2}' --workers workers.ts`,
    `npx clew run trip.ts -i '{"to":"Atlantis","nights":2}' --workers workers.ts   # no hotel there: undone`,
    "npx clew draw trip.ts",
    "node --test",
  ];
  context.out(`Next:\n${steps.map((step) => `  ${step}\n`).join("")}`);
  if (manifest === "foreign")
    context.note(
      'package.json says "type": "commonjs"; these files are modules: say "type": "module", or name them .mts.\n',
    );
}
