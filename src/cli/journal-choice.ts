/** Which journal a command means, and reading it beside whoever owns it. */
import { join } from "node:path";
import type { OpenedReader } from "../clew.ts";
import type { CommandContext } from "./command.ts";

export function journalOf({ given, env }: Pick<CommandContext, "given" | "env">): string {
  const named = given.text("journal");
  if (named === "") throw given.wrong("--journal names no file", "Write --journal <file>.");
  return named ?? (env["CLEW_JOURNAL"] || join(".clew", "journal.db"));
}

/** Makes no file: throws `journal_missing` where there is none. */
export async function reading<T>(journal: string, use: (reader: OpenedReader) => Promise<T>): Promise<T> {
  const { openReader } = await import("../clew.ts");
  const reader = await openReader(journal);
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}
