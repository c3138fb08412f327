/** The fold of what operators do (semantics.md, 7). */
import type { Workflow } from "../definition/workflow.ts";
import { blockVerb, pass } from "./block-events.ts";
import type { Actor, SagaEvent } from "./event.ts";
import { endWaits } from "./evolve-wait.ts";
import { stepOf } from "./instances.ts";
import type { Run } from "./run.ts";
import {
  abandonStep,
  arm,
  beginKey,
  closeKey,
  compensationOf,
  discardAll,
  everyStep,
  isTurnable,
  mendedOf,
  moveCompensation,
  moveStep,
  performed,
  supersede,
  supersedeUndo,
} from "./step-fold.ts";

export type VerbEvent = Exclude<Extract<SagaEvent, Actor>, { type: "SignalReceived" }>;

export function evolveVerb(workflow: Workflow, run: Run, event: VerbEvent, at: number): void {
  switch (event.type) {
    case "CancelRequested":
      performed(run, "cancel", event, at);
      run.cancelled = true;
      return;
    case "RunSuspended":
      performed(run, "suspend", event, at);
      run.suspended = true;
      return;
    case "RunResumed":
      performed(run, "resume", event, at);
      run.suspended = false;
      return;
    case "RunRerun":
      run.reruns = [...run.reruns, event.run];
      return performed(run, "rerun", event, at);
    case "EffectAccepted":
      return performed(run, "skip", event, at);
    case "StepRetried": {
      performed(run, "retry", event, at);
      const step = stepOf(workflow, run, event.step);
      step.spent = 0;
      step.begunAt = undefined;
      if (step.inquiry) step.inquiry.spent = 0;
      if (event.key > (step.mended?.key ?? 1)) beginKey(run, event.step, step, event.key);
      if (event.input !== undefined) mendedOf(step).input = event.input;
      if (step.mended) step.mended.word = undefined;
      if (run.phase === "draining") mendedOf(step).isAskedOnceMore = true;
      return;
    }
    case "StepResolved": {
      performed(run, "resolve", event, at);
      const step = stepOf(workflow, run, event.step);
      const mended = mendedOf(step);
      if (event.outcome === "undone" && mended.isStray) mended.isStray = false;
      else mended.word = event.outcome;
      if (event.outcome === "done") {
        moveStep(step, "succeeded");
        supersede(step);
        step.output = event.output ?? null;
        arm(workflow, event.step, step);
        if (run.phase === "forward") pass(workflow, run, event.step);
        if (workflow.places.get(event.step) === workflow.pivotPlace && isTurnable(run)) discardAll(run);
      } else if (event.outcome === "not_done") {
        closeKey(step);
        if (step.state === "in_doubt") moveStep(step, "failed");
      }
      return;
    }
    case "StepSkipped":
      performed(run, "skip", event, at);
      moveStep(stepOf(workflow, run, event.step), "skipped");
      return pass(workflow, run, event.step);
    case "CompensationRetried": {
      performed(run, "retry", event, at);
      const compensation = compensationOf(workflow, run, event.step);
      compensation.spent = 0;
      if (event.input !== undefined) compensation.input = event.input;
      return;
    }
    case "CompensationResolved":
    case "CompensationSkipped": {
      const isDone = event.type === "CompensationResolved";
      performed(run, isDone ? "resolve" : "skip", event, at);
      const compensation = compensationOf(workflow, run, event.step);
      moveCompensation(compensation, isDone ? "resolved" : "skipped");
      supersedeUndo(compensation);
      return;
    }
    case "BlockRetried":
      performed(run, "retry", event, at);
      return blockVerb(workflow, run, event);
    case "BlockSkipped":
      performed(run, "skip", event, at);
      return blockVerb(workflow, run, event);
    case "RunAbandoned":
      performed(run, "abandon", event, at);
      run.abandoned = true;
      run.cause ??= "abandoned";
      endWaits(workflow, run);
      run.waits = [];
      for (const step of everyStep(run)) abandonStep(step);
      for (const key in run.blocks) {
        const block = run.blocks[key];
        if (block && "owing" in block) block.owing = [];
      }
      return;
  }
}
