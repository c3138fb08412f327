/**
 * The reference of the library, from the declarations that the compiler makes of the sources: what `clew` exports, in its
 * order, each with its docstring and its declaration as an editor shows it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export function libraryReference(): string {
  const folder = mkdtempSync(join(tmpdir(), "clew-reference-"));
  try {
    const compiled = spawnSync(
      join(root, "node_modules/.bin/tsc"),
      ["-p", join(root, "tsconfig.build.json"), "--emitDeclarationOnly", "--outDir", folder],
      { encoding: "utf8" },
    );
    if (compiled.status !== 0) throw new Error(compiled.stdout + compiled.stderr);
    const entry = join(folder, "src/clew.d.ts");
    const found = exportsOf(entry).map(({ name, file }) => section(name, declarationOf(name, file)));
    return `${head}\n${found.join("\n")}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const head = `# The library

Made from the docstrings of the sources by \`npm run docs\`. How the parts belong together stands in [concepts](../concepts.md) and
[writing workflows](../writing-workflows.md); the codes of errors in [errors](errors.md).
`;

interface Exported {
  readonly name: string;
  /** Where it is declared. */
  readonly file: string;
}

/** In alphabetical order, classes and functions before what is a type only. */
function exportsOf(entry: string): readonly Exported[] {
  const text = readFileSync(entry, "utf8");
  const imported = new Map<string, string>();
  for (const [, names = "", from = ""] of text.matchAll(/^import (?:type )?\{([^}]*)\} from "([^"]+)";/gm)) {
    for (const name of namesOf(names)) imported.set(name, resolved(entry, from));
  }
  const own = [...text.matchAll(/^export (?:declare )?(?:abstract )?(?:class|function|interface|type|const) (\w+)/gm)];
  const passed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}(?: from "([^"]+)")?;/gm)].flatMap(
    ([, names = "", from]) =>
      namesOf(names).map((name) => ({
        name,
        file: from === undefined ? (imported.get(name) ?? entry) : resolved(entry, from),
      })),
  );
  const all = [...own.map(([, name = ""]) => ({ name, file: entry })), ...passed];
  const unique = [...new Map(all.map((one) => [one.name, one])).values()];
  return unique.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, "en"));
}

const rank = ({ name, file }: Exported): number =>
  /^export (?:interface|type)/.test(declarationOf(name, file).code) ? 1 : 0;

const namesOf = (list: string): readonly string[] =>
  list
    .split(",")
    .map((name) => name.trim().replace(/^type /, ""))
    .filter((name) => name !== "");

const resolved = (from: string, target: string): string => join(dirname(from), target.replace(/\.(?:ts|js)$/, ".d.ts"));

interface Declaration {
  readonly doc: string;
  readonly code: string;
}

function declarationOf(name: string, file: string): Declaration {
  const text = readFileSync(file, "utf8");
  const start = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:class|function|interface|type|const) ${name}\\b`,
    "gm",
  );
  const places = [...text.matchAll(start)].map(({ index }) => index);
  if (places.length === 0) throw new Error(`${file} does not declare ${name}`);
  const code = places.map((place) => text.slice(place, endOf(text, place))).join("\n");
  return { doc: docBefore(text, places[0] ?? 0), code: shownCode(code) };
}

/** Behind the `;` that ends the declaration at `place`, or the `}` of a class or an interface. */
function endOf(text: string, place: number): number {
  const hasBody = /^export (?:declare )?(?:abstract )?(?:class|interface)/.test(text.slice(place, place + 80));
  let depth = 0;
  for (let at = place; at < text.length; at++) {
    const character = text[at] ?? "";
    if ("{([".includes(character)) depth++;
    if ("})]".includes(character)) depth--;
    if (depth > 0) continue;
    if (character === ";") return at + 1;
    if (hasBody && character === "}") return at + 1;
  }
  return text.length;
}

function docBefore(text: string, place: number): string {
  const before = text.slice(0, place).trimEnd();
  if (!before.endsWith("*/")) return "";
  return before.slice(before.lastIndexOf("/**"));
}

/** Without what nobody outside can use. */
function shownCode(code: string): string {
  return code
    .replaceAll(/^\s*(?:private|protected) [^;]*;\n/gm, "")
    .replaceAll(/^\s*readonly \[\w+\]\?:[^;]*;\n/gm, "")
    .replaceAll("    ", "  ");
}

function section(name: string, { doc, code }: Declaration): string {
  const lines = doc
    .replace(/^\/\*\*\s?/, "")
    .replace(/\s*\*\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  const example = lines.findIndex((line) => line.startsWith("@example"));
  const said = (example < 0 ? lines : lines.slice(0, example))
    .filter((line) => !line.startsWith("@"))
    .join("\n")
    .trim();
  const shown =
    example < 0
      ? ""
      : `\nFor example:\n\n\`\`\`ts\n${lines
          .slice(example + 1)
          .join("\n")
          .trim()}\n\`\`\`\n`;
  return `## ${name}\n${said === "" ? "" : `\n${said}\n`}\n\`\`\`ts\n${code.trim()}\n\`\`\`\n${shown}`;
}
