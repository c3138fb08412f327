/** What the events of one decision ask the bus to do, once they are recorded (architecture.md, 1: publish). */
import type { Workflow } from "../definition/workflow.ts";
import type { CommandRef, SagaEvent, Side } from "./event.ts";
import type { Run } from "./run.ts";
import { isAskedToStop } from "./siblings.ts";
import { attemptState } from "./timers.ts";

export interface Outgoing {
  /** Commands to publish. */
  readonly send: readonly CommandRef[];
  /** Commands to take back where nobody took them, and else to advise to cancel (C3, C8). */
  readonly recall: readonly CommandRef[];
  /** Commands to take back where nobody took them, and else to leave alone (C10: `drain`). */
  readonly withdraw: readonly CommandRef[];
}

/** `run` is the run after the events. */
export function outgoingOf(workflow: Workflow, run: Run, events: readonly SagaEvent[]): Outgoing {
  let send = none;
  let recall = none;
  let withdraw = none;
  for (const event of events) {
    switch (event.type) {
      case "StepDispatched":
        send = and(send, { step: event.step, side: "execute", attempt: event.attempt });
        break;
      case "CompensationDispatched":
        send = and(send, { step: event.step, side: "compensate", attempt: event.attempt });
        break;
      case "InquiryDispatched":
        send = and(send, { step: event.step, side: "inquire", attempt: event.attempt });
        break;
      // What is still out of the side that is settled can only be superseded; of its undo the run waits for the answer.
      case "StepSucceeded":
      case "LateSuccessRecorded":
      case "StepFailed":
        recall = andOut(recall, run, "execute", event.step);
        recall = andOut(recall, run, "inquire", event.step);
        break;
      case "StepResolved":
        // What was undone by hand was another effect than the one that is asked for now.
        if (event.outcome === "done") recall = andOut(recall, run, "execute", event.step);
        break;
      case "StepCompensated":
      case "CompensationResolved":
      case "CompensationSkipped":
        recall = andOut(recall, run, "compensate", event.step);
        break;
      case "RunTurned":
        if (run.phase === "forward") break;
        // It was asked to stop, or its time is over; or something beside them has failed.
        if (event.step === undefined) recall = andOut(recall, run, "execute");
        else ({ recall, withdraw } = besides(workflow, run, recall));
        break;
      case "RunAbandoned":
        recall = andOut(recall, run);
        break;
      default:
        break;
    }
  }
  if (recall.length > 0) recall = recall.filter((ref) => !isIn(send, ref));
  return { send, recall, withdraw };
}

/** What is still out beside what has turned the run. */
function besides(workflow: Workflow, run: Run, recall: readonly CommandRef[]): Pick<Outgoing, "recall" | "withdraw"> {
  const live = run.out.filter((ref) => ref.side === "execute" && attemptState(workflow, run, ref) === "live");
  const stopping = live.filter(({ step }) => isAskedToStop(workflow, run, step));
  return {
    recall: [...recall, ...stopping.map(refOf)],
    withdraw: live.filter((ref) => !stopping.includes(ref)).map(refOf),
  };
}

const refOf = ({ step, side, attempt }: CommandRef): CommandRef => ({ step, side, attempt });

const none: readonly CommandRef[] = [];

/** They are one or two. */
const and = (refs: readonly CommandRef[], more: CommandRef): readonly CommandRef[] =>
  refs.length === 0 ? [more] : [...refs, more];

/** With all that is out of this side and step; left out: of any. */
function andOut(recall: readonly CommandRef[], { out }: Run, side?: Side, step?: string): readonly CommandRef[] {
  let all = recall;
  for (const ref of out) {
    const isMeant = (side === undefined || ref.side === side) && (step === undefined || ref.step === step);
    if (isMeant && !isIn(all, ref)) all = and(all, { step: ref.step, side: ref.side, attempt: ref.attempt });
  }
  return all;
}

export const isSame = (a: CommandRef, b: CommandRef): boolean =>
  a.attempt === b.attempt && a.side === b.side && a.step === b.step;

/** A plain loop: it is asked at every turn, and a closure each time would cost more than the answer. */
export function isIn(refs: readonly CommandRef[], wanted: CommandRef): boolean {
  for (const ref of refs) if (isSame(ref, wanted)) return true;
  return false;
}
