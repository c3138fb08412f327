/** `clew run` with one input: one run, worked to its end. */
import type { RunView } from "../clew.ts";
import type { CommandContext } from "./command.ts";
import { untilStill, withEngine } from "./engine.ts";
import { renderStatusEvent } from "./follow.ts";
import { interruptedExitCode } from "./interruption.ts";
import { restOf } from "./rest.ts";
import type { RunPlan } from "./run-plan.ts";
import type { RunInput } from "./run-input.ts";
import { renderRun } from "./show-run.ts";

export async function runOne(context: CommandContext, plan: RunPlan, { input, id }: RunInput): Promise<number> {
  const view = await withEngine(context, plan, async (clew) => {
    if (plan.follow) clew.onStatus((event) => context.note(`${renderStatusEvent(event, context.onStderr)}\n`));
    const started = await clew.start(plan.workflow, input, id === undefined ? {} : { id });
    if (started.existed) context.note(`There was a run ${started.id} of the same input already; it goes on.\n`);
    await untilStill(clew, started.id, plan.waits);
    // As everybody is shown it: what is sensitive stays out of terminals and logs.
    return clew.show(started.id);
  });
  if (view === "interrupted") {
    context.note("The run goes on when its journal is opened again with its workers.\n");
    return interruptedExitCode;
  }
  print(context, view);
  if (view.status === "waiting")
    context.note("It waits, and goes on when its journal is opened again with its workers; `--wait` stays for it.\n");
  return exitCodeOf(view);
}

function print(context: CommandContext, view: RunView): void {
  if (context.format === "json") context.document(view);
  else if (context.format === "jsonl") context.line(restOf(view));
  else context.out(`${renderRun(view, context)}\n`);
}

function exitCodeOf({ status }: RunView): number {
  if (status === "completed" || status === "waiting") return 0;
  return status === "compensated" ? 9 : 1;
}
