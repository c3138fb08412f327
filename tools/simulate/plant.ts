/**
 * Plants a bug: loaded before everything else (`node --import`), it changes one module of the sources on its way into this
 * process. The bug is a file with a path, a text that must be found exactly once, and its replacement; production code has
 * no switches. Where its text is gone, nothing runs.
 */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { readBug, root } from "./planted-bug.ts";

const file = process.env["CLEW_PLANTED_BUG"];
if (file === undefined) throw new Error("CLEW_PLANTED_BUG names the file of a bug");
const { path, apply } = readBug(file);
const target = pathToFileURL(join(root, path)).href;

const textOf = (source: unknown): string =>
  typeof source === "string" ? source : new TextDecoder().decode(source as Uint8Array);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url !== target) return loaded;
    return { ...loaded, source: apply(textOf(loaded.source)) };
  },
});
