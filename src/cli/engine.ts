/**
 * The engine for as long as a command needs it: opened, worked with, closed whatever happens. An interruption and a
 * journal that fails end the work at once; what is recorded by then is taken up by the next owner.
 */
import { ClewError } from "../base/errors.ts";
import type { Catalogue, Clew, Json, RunView, Worker, Workflow } from "../clew.ts";
import { finalStatuses } from "../saga/tables.ts";
import type { CommandContext } from "./command.ts";

export interface EngineOptions {
  readonly journal: string;
  readonly workers: readonly Worker[];
  /** What children are started of. */
  readonly workflows?: readonly Workflow[];
  /** The worker types that there are, where that is known. */
  readonly catalogue?: Catalogue | undefined;
  /** Called before the engine begins to close on an interruption. */
  readonly onInterrupt?: () => void;
}

/** Gives what `work` gives, or `interrupted`. */
export async function withEngine<T>(
  context: Pick<CommandContext, "interruption" | "note">,
  { journal, workers, workflows = [], catalogue, onInterrupt }: EngineOptions,
  work: (clew: Clew) => Promise<T>,
): Promise<T | "interrupted"> {
  const { Clew } = await import("../clew.ts");
  const end = Promise.withResolvers<"interrupted">();
  context.interruption.handle(() => {
    onInterrupt?.();
    context.note("Interrupted: workers finish what they have begun, for some seconds; once more leaves at once.\n");
    end.resolve("interrupted");
  });
  const clew = await Clew.open({
    journal,
    workers,
    workflows,
    ...(catalogue ? { catalogue } : {}),
    onNotice: (text) => context.note(`${text}\n`),
    onFailure: (cause) => end.reject(journalFailed(journal, cause)),
  });
  try {
    const done = await Promise.race([end.promise, work(clew)]);
    await clew.close();
    return done;
  } catch (error) {
    // What ended the work is what is to be said, not what the closing then stumbles over.
    await clew.close().catch(() => {});
    throw error;
  }
}

/** What working on many runs takes of an engine. */
export interface RunStarter {
  start(workflow: Workflow, input: Json, options?: { readonly id?: string }): Promise<{ readonly id: string }>;
  result(id: string, options?: { readonly atWaits?: boolean }): Promise<RunView>;
}

/** The run when it has ended, stands still until an operator acts, or, unless `waits`, has come to a long wait. */
export async function untilStill(clew: Pick<RunStarter, "result">, id: string, waits: boolean): Promise<RunView> {
  for (;;) {
    const view = await clew.result(id, { atWaits: !waits });
    const { status } = view;
    // A late result may have set it moving again in the meantime.
    if (finalStatuses.has(status) || ["blocked", "suspended", "waiting"].includes(status)) return view;
  }
}

function journalFailed(journal: string, cause: unknown): ClewError {
  if (cause instanceof ClewError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ClewError("journal_failed", `the journal ${journal} failed: ${why}`, {
    mend: "The same command goes on from what is recorded, once the journal can be written again.",
    cause,
  });
}
