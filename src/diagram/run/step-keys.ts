/** The keys of steps in blocks that repeat (semantics.md, C12): which items and iterations there are. */
import type { RepeatPlan, Workflow } from "../../definition/workflow.ts";
import type { StepPicture } from "./run-picture.ts";

/** The indices around a step, outermost first: `[3]#2`. */
export type Indices = string;

export const indexed = (block: RepeatPlan, at: number): Indices => (block.is === "forEach" ? `[${at}]` : `#${at}`);

/** What a run has done, by step and by block. */
export class StepKeys {
  private readonly steps: ReadonlyMap<string, StepPicture>;
  private readonly times = new Map<string, Map<number, StepPicture[]>>();

  constructor(workflow: Workflow, steps: readonly StepPicture[]) {
    this.steps = new Map(steps.map((step) => [step.key, step]));
    for (const step of steps) {
      const plan = workflow.steps[workflow.places.get(step.name) ?? -1];
      let around = "";
      const indices = step.key.slice(step.name.length).match(/\[\d+\]|#\d+/g) ?? [];
      for (const [depth, index] of indices.entries()) {
        const block = plan?.repeats[depth];
        if (!block) break;
        this.add(block.name + around, Number(index.replace(/\D/g, "")), step);
        around += index;
      }
    }
  }

  step(name: string, around: Indices): StepPicture | undefined {
    return this.steps.get(name + around);
  }

  /** The items or iterations of a block that stands between these indices, in order, each with its steps. */
  timesOf(block: RepeatPlan, around: Indices): readonly (readonly [at: number, steps: readonly StepPicture[]])[] {
    const times = this.times.get(block.name + around);
    return times ? [...times].toSorted(([one], [other]) => one - other) : [];
  }

  private add(block: string, at: number, step: StepPicture): void {
    const times = this.times.get(block) ?? new Map<number, StepPicture[]>();
    this.times.set(block, times);
    const steps = times.get(at);
    if (steps) steps.push(step);
    else times.set(at, [step]);
  }
}
