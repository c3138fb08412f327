/** All pages of the reference, by their files. */
import { commandLineReference } from "./command-line.ts";
import { definitionReference } from "./definition.ts";
import { errorReference } from "./errors.ts";
import { libraryReference } from "./library.ts";

export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["docs/reference/library.md", libraryReference()],
    ["docs/reference/definition.md", definitionReference()],
    ["docs/reference/command-line.md", await commandLineReference()],
    ["docs/reference/errors.md", errorReference()],
  ]);
}
