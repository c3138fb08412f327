/** A bug to plant, as its file has it. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "test/planted-bugs");
/** Bugs that take hundreds of worlds to show. */
const rareFolder = join(folder, "rare");

export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** From the root. */
  readonly path: string;
  /** What a reviewer would have said. */
  readonly why: string;
  /** Throws where its text is not found exactly once. */
  readonly apply: (source: string) => string;
}

export function readBug(file: string): PlantedBug {
  const { path, why, find, replace } = parse(readFileSync(file, "utf8")) as Readonly<Record<string, string>>;
  const name = basename(file, ".yaml");
  if (!path || !why || !find || replace === undefined) throw new Error(`${name} has no path, why, find or replace`);
  const apply = (source: string) => {
    const times = source.split(find).length - 1;
    if (times !== 1)
      throw new Error(`the planted bug ${name} finds its text ${times} times in ${path}: mend ${basename(file)}`);
    return source.replace(find, () => replace);
  };
  return { name, file, path, why, apply };
}

export const plantedBugs = (): readonly PlantedBug[] => bugsIn(folder);
export const rareBugs = (): readonly PlantedBug[] => bugsIn(rareFolder);

const bugsIn = (place: string): readonly PlantedBug[] =>
  readdirSync(place)
    .filter((file) => file.endsWith(".yaml"))
    .toSorted()
    .map((file) => readBug(join(place, file)));
