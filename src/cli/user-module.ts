/** Modules of the user's, TypeScript or JavaScript: imported by Node as they are, and told apart from other files. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ClewError } from "../base/errors.ts";
import { unreadable } from "./bounded-file.ts";
import { terminalText } from "./terminal-text.ts";

export const isModule = (file: string): boolean => /\.[cm]?[jt]s$/.test(file);

export type UserModule = Readonly<Record<string, unknown>>;

/** `what` is said in errors: `the workers of`. Throws `file_unreadable`, `invalid_argument`, and the engine's own errors. */
export async function importModule(file: string, what: string): Promise<UserModule> {
  const path = resolve(file);
  if (!existsSync(path)) throw unreadable(file, { code: "ENOENT" });
  try {
    return (await import(pathToFileURL(path).href)) as UserModule;
  } catch (error) {
    // Another copy of this package throws another class, with the same catalogue behind it.
    if (error instanceof Error && error.name === "ClewError") throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ClewError("invalid_argument", `cannot load ${what} ${terminalText(file)}: ${why}`, {
      mend: "Mend the module; Node must be able to import it.",
      details: error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {},
      cause: error,
    });
  }
}
