/** A run as a sketch: its workflow, with what became of every step, and beside it how that was undone. */
import { forPeople } from "../../base/duration.ts";
import type { BlockPlan, Body, NodePlan, RepeatPlan, StepPlan, Workflow } from "../../definition/workflow.ts";
import { type Phase, stepStateNames, type StepStateName } from "../../saga/tables.ts";
import { actFacts, blockRule, kindFacts, laneTitle } from "../block-words.ts";
import { type Card, type Lane, nothing, type Part, type Sketch } from "../sketch.ts";
import { counted, frameOf } from "../sketch-workflow.ts";
import { leftMark, stepMark, undoMark } from "./run-marks.ts";
import type { CompensationPicture, RunPicture, StepPicture } from "./run-picture.ts";
import { problemText, runSummary } from "./run-words.ts";
import { indexed, type Indices, StepKeys } from "./step-keys.ts";

export function sketchRun(workflow: Workflow, picture: RunPicture): Sketch {
  return new RunSketch(workflow, picture).sketch();
}

/** How many items or iterations are shown; of blocks in blocks fewer, so that a picture stays one. */
const mostTimes = [6, 3, 2] as const;

class RunSketch {
  private readonly workflow: Workflow;
  private readonly picture: RunPicture;
  private readonly keys: StepKeys;
  private readonly left: ReadonlySet<string>;

  constructor(workflow: Workflow, picture: RunPicture) {
    this.workflow = workflow;
    this.picture = picture;
    this.keys = new StepKeys(workflow, picture.steps);
    this.left = new Set(picture.residue.map(({ step }) => step));
  }

  sketch(): Sketch {
    const { workflow, picture } = this;
    const isBack = picture.status === "compensated" || picture.status === "failed";
    return {
      title: `Run: ${picture.id} (${workflow.name}@${workflow.version})`,
      about: `A run of ${workflow.name}: what became of each step, and how it was undone.`,
      summary: runSummary(picture),
      lane: { parts: this.parts(workflow.body, "") },
      stations: { start: picture.id, end: "completed", undone: isBack ? picture.status : "compensated" },
    };
  }

  private parts({ nodes, block, arm }: Body, around: Indices): readonly Part[] {
    if (nodes.length === 0) return [nothing(`${block?.name ?? ""}/${arm}${around}`)];
    return nodes.map((node) => this.part(node, around));
  }

  private part(node: NodePlan, around: Indices): Part {
    if (node.is === "step") return this.card(node, around);
    const repeats = node.is === "forEach" || node.is === "loop" ? this.times(node, around) : [];
    const lanes = repeats.length > 0 ? repeats : node.bodies.map((body) => this.lane(node, body, around));
    return { ...frameOf(node, lanes), key: node.name + around, facts: [blockRule(node)] };
  }

  private lane(block: BlockPlan, body: Body, around: Indices): Lane {
    const title = laneTitle(block, body.arm);
    return { ...(title === undefined ? {} : { title }), parts: this.parts(body, around) };
  }

  /** The first and the last ones, and between them those that need to be looked at; the others are counted. */
  private times(block: RepeatPlan, around: Indices): readonly Lane[] {
    const all = this.keys.timesOf(block, around);
    const [body] = block.bodies;
    if (all.length === 0 || !body) return [];
    const most = mostTimes[(around.match(/[[#]/g) ?? []).length] ?? 1;
    const shown = chosenTimes(all, most);
    const noun = block.is === "forEach" ? "item" : "iteration";
    const lanes: Lane[] = [];
    let left: (readonly StepPicture[])[] = [];
    const tellLeft = (): void => {
      if (left.length > 0) lanes.push(moreLane(left, noun, `${block.name}${around}/more${lanes.length}`));
      left = [];
    };
    for (const [at, steps] of all) {
      if (shown.has(at)) {
        tellLeft();
        lanes.push({ title: `${noun} ${at}`, parts: this.parts(body, around + indexed(block, at)) });
      } else left.push(steps);
    }
    tellLeft();
    return lanes;
  }

  private card(plan: StepPlan, around: Indices): Card {
    const { act, name, worker } = plan;
    const step = this.keys.step(name, around);
    const key = name + around;
    const state = step?.state ?? "pending";
    const undo = step?.compensation
      ? this.undo(key, step.compensation)
      : key === this.picture.turnedBy
        ? turned(key, this.picture.phase)
        : undefined;
    return {
      is: "card",
      key,
      look: act.is === "work" ? "step" : act.is,
      title: act.is === "work" ? key : `${act.is} ${key}`,
      mark: this.left.has(key) ? leftMark(state) : stepMark(state),
      facts: [
        ...(act.is === "work" ? (worker === name ? [] : [`worker ${worker}`]) : actFacts(act)),
        ...(plan.kind === "pivot" ? kindFacts(plan) : []),
        ...(step ? this.stepFacts(step) : []),
        ...(this.left.has(key) ? ["left in the world"] : []),
      ],
      ...(undo ? { undo } : {}),
    };
  }

  private stepFacts(step: StepPicture): readonly string[] {
    const { state, attempts, error } = step;
    if (state === "not_run") return ["the run turned back first"];
    const trouble = error && state !== "succeeded" ? [problemText(error)] : [];
    return [...(attempts > 1 ? [counted(attempts, "attempt")] : []), ...this.spans(step), ...trouble];
  }

  private undo(key: string, compensation: CompensationPicture): Card {
    const { worker, state, attempts, error, found } = compensation;
    return {
      is: "card",
      key: `${key}!undo`,
      look: "undo",
      title: `undo ${key}`,
      mark: undoMark(state),
      facts: [
        worker === "" ? "the child goes back" : `worker ${worker}`,
        ...this.meaning(state),
        ...(attempts > 1 ? [counted(attempts, "attempt")] : []),
        ...this.spans(compensation),
        ...(found === false ? ["found nothing to undo"] : []),
        ...(error && state !== "compensated" ? [problemText(error)] : []),
      ],
    };
  }

  /** What a state of an undo means, where its word does not say it. */
  private meaning(state: CompensationPicture["state"]): readonly string[] {
    if (state === "armed") return [this.picture.phase === "forward" ? "if the run turns back" : "when its turn comes"];
    return meanings[state] === undefined ? [] : [meanings[state]];
  }

  /** Counted from the start of the run, so that a picture reads the same in every time zone. */
  private spans({ startedAt, settledAt }: Pick<StepPicture, "startedAt" | "settledAt">): readonly string[] {
    if (startedAt === undefined) return [];
    const later = startedAt - this.picture.startedAt;
    const from = later === 0 ? "begun at once" : `begun after ${forPeople(later)}`;
    return [settledAt === undefined ? from : `${from}, took ${forPeople(settledAt - startedAt)}`];
  }
}

/** Where the way back begins, so that one can follow it with a finger. */
const turned = (key: string, phase: Phase): Card => ({
  is: "card",
  key: `${key}!turn`,
  look: "undo",
  title: phase === "draining" ? "stopped here" : "turned back here",
  facts: phase === "draining" ? ["the run goes no further for now"] : [],
});

const meanings: Readonly<Partial<Record<CompensationPicture["state"], string>>> = {
  queued: "when what came later is undone",
  discarded: "not needed any more",
  unneeded: "there was nothing to undo",
  resolved: "an operator states that it is undone",
  skipped: "left as it is",
};

/** The worst first: what becomes of an item is what becomes of its worst step. */
const gravity: readonly StepStateName[] = [
  "failed",
  "in_doubt",
  "inquiring",
  "retry_wait",
  "dispatched",
  "ready",
  "not_run",
  "pending",
  "succeeded",
  "skipped",
];
const graveness = new Map(stepStateNames.map((state) => [state, gravity.indexOf(state)]));

function worstOf(steps: readonly StepPicture[]): StepStateName {
  let worst: StepStateName = "skipped";
  for (const { state } of steps) if ((graveness.get(state) ?? 0) < (graveness.get(worst) ?? 0)) worst = state;
  return worst;
}

function chosenTimes(all: readonly (readonly [number, readonly StepPicture[]])[], most: number): ReadonlySet<number> {
  if (all.length <= most) return new Set(all.map(([at]) => at));
  const ends = Math.ceil(most / 3);
  const chosen = new Set([...all.slice(0, ends), ...(most > 1 ? all.slice(-ends) : [])].map(([at]) => at));
  const grave = all
    .map(([at, steps]) => [at, graveness.get(worstOf(steps)) ?? 0] as const)
    .filter(([, weight]) => weight < gravity.indexOf("ready"))
    .toSorted(([, one], [, other]) => one - other);
  for (const [at] of grave) if (chosen.size < most) chosen.add(at);
  return chosen;
}

function moreLane(left: readonly (readonly StepPicture[])[], noun: string, key: string): Lane {
  const counts = new Map<StepStateName, number>();
  for (const steps of left) {
    const worst = worstOf(steps);
    counts.set(worst, (counts.get(worst) ?? 0) + 1);
  }
  const facts = gravity.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [`${count} ${state.replaceAll("_", " ")}`];
  });
  return { parts: [{ is: "card", key, look: "more", title: `… ${counted(left.length, `more ${noun}`)}`, facts }] };
}
