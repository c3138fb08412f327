/** What the events of one decision ask the bus to do, once they are recorded (architecture.md, 1: publish). */
import type { CommandRef, SagaEvent } from "./event.ts";
import type { Run } from "./run.ts";

export interface Outgoing {
  /** Commands to publish. */
  readonly send: readonly CommandRef[];
  /** Commands to take back where nobody took them, and else to advise to cancel (C3, C8). */
  readonly recall: readonly CommandRef[];
}

/** `run` is the run after the events. */
export function outgoingOf(run: Run, events: readonly SagaEvent[]): Outgoing {
  const send: CommandRef[] = [];
  let recall: readonly CommandRef[] = none;
  for (const event of events) {
    switch (event.type) {
      case "StepDispatched":
        send.push({ step: event.step, side: "execute", attempt: event.attempt });
        break;
      case "CompensationDispatched":
        send.push({ step: event.step, side: "compensate", attempt: event.attempt });
        break;
      // What is still out of the side that is settled can only be superseded; of its undo the run waits for the answer.
      case "StepSucceeded":
      case "LateSuccessRecorded":
      case "StepFailed":
        recall = also(recall, run, (ref) => ref.side === "execute" && ref.step === event.step);
        break;
      case "StepCompensated":
        recall = also(recall, run, (ref) => ref.side === "compensate" && ref.step === event.step);
        break;
      case "CancelRequested":
        recall = also(recall, run, (ref) => ref.side === "execute");
        break;
      case "RunAbandoned":
        recall = also(recall, run, () => true);
        break;
      default:
        break;
    }
  }
  if (recall.length > 0) recall = recall.filter((ref) => !send.some((sent) => isSame(sent, ref)));
  return { send, recall };
}

const none: readonly CommandRef[] = [];

function also(recall: readonly CommandRef[], run: Run, wanted: (ref: CommandRef) => boolean): readonly CommandRef[] {
  if (run.out.length === 0) return recall;
  const more = run.out.filter((ref) => wanted(ref) && !recall.some((known) => isSame(known, ref)));
  return more.length === 0 ? recall : [...recall, ...more];
}

export const isSame = (a: CommandRef, b: CommandRef): boolean =>
  a.attempt === b.attempt && a.side === b.side && a.step === b.step;
