/** The fold of waits and signals. */
import { defaults, type Workflow } from "../definition/workflow.ts";
import { pass } from "./block-events.ts";
import { begunStep } from "./block-fold.ts";
import type { SagaEvent } from "./event.ts";
import { stepIn, stepOf } from "./instances.ts";
import type { Run } from "./run.ts";
import { moveStep, pendingStep, performed } from "./step-fold.ts";
import { isFresh } from "./signal.ts";

type WaitEvent = Extract<SagaEvent, { type: "WaitBegan" | "WaitEnded" | "SignalReceived" }>;

export function evolveWait(workflow: Workflow, run: Run, event: WaitEvent, at: number): void {
  switch (event.type) {
    case "WaitBegan": {
      const step = begunStep(workflow, run, event.step, pendingStep);
      moveStep(step, "waiting");
      step.dueAt = event.dueAt;
      run.waits.push({ step: event.step, side: "execute", of: "wait" });
      return;
    }
    case "WaitEnded": {
      const step = stepOf(workflow, run, event.step);
      endWait(run, event.step);
      step.dueAt = undefined;
      moveStep(step, "succeeded");
      step.output = event.output;
      if (event.signal !== undefined) run.signals = run.signals.filter(({ id }) => id !== event.signal);
      return pass(workflow, run, event.step);
    }
    case "SignalReceived": {
      const { signal, id, payload } = event;
      run.signals = run.signals.filter((kept) => isFresh(kept, at, workflow.signalMaxAgeMs));
      run.signals.push({ signal, id, payload, at });
      run.heard.push(id);
      // However few are kept: who sends one again has not been answered, and others may have come meanwhile.
      if (run.heard.length > Math.max(workflow.mostSignals, defaults.mostSignals)) run.heard.shift();
      return performed(run, "signal", event, at);
    }
  }
}

export function endWait(run: Run, key: string): void {
  run.waits = run.waits.filter(({ step, of }) => of !== "wait" || step !== key);
}

/** The run turns, or is abandoned: what is waited for does not matter any more. */
export function endWaits(workflow: Workflow, run: Run): void {
  for (const { step: key, of } of run.waits) {
    const step = of === "wait" ? stepIn(workflow, run, key) : undefined;
    if (!step) continue;
    moveStep(step, "not_run");
    step.dueAt = undefined;
  }
  run.waits = run.waits.filter(({ of }) => of !== "wait");
}
