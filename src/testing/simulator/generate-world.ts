/** What a seed makes of a world: its workflows, its workload, its weather. */
import type { Json, JsonObject } from "../../base/json.ts";
import type { Workflow } from "../../definition/workflow.ts";
import type { Dice } from "./dice.ts";
import type { Weather } from "./faults.ts";
import type { WorkflowTraits } from "./generate-step.ts";
import { generateWorkflow, needsExtra } from "./generate-workflow.ts";
import { byLuck, type Script, type StepScript } from "./script.ts";
import { generateWeather } from "./weather.ts";

export interface PlannedRun {
  readonly id: string;
  readonly workflow: Workflow;
  readonly input: JsonObject;
  readonly startAtMs: number;
  /** The same start once more, at these moments: one run all the same. */
  readonly againAtMs: readonly number[];
  /** A start with the same id and another input. */
  readonly conflictAtMs: number | undefined;
  /** What is other in it. */
  readonly conflict: JsonObject;
  /** A start with an input that the workflow does not allow. */
  readonly misfitAtMs: number | undefined;
  /** Moments at which somebody looks at it. */
  readonly looksAtMs: readonly number[];
  /** Moments of an operator's word; a careful one looks first, and cancels only what he saw. */
  readonly cancelsAtMs: readonly number[];
  readonly isCareful: boolean;
  readonly abandonAtMs: number | undefined;
  /** An operator has it sent nothing for a while: from when, and for how long. */
  readonly suspensions: readonly Suspension[];
  /** Moments at which an operator looks whether something waits for him; others follow where an incident is opened. */
  readonly mendsAtMs: readonly number[];
  /** By step. Where luck decides nothing, it is known how the run must end. */
  readonly scripts: readonly StepScript[];
  /** Moments at which an operator asks for it once more, whether it has ended or not. */
  readonly rerunsAtMs: readonly number[];
  /** By step, for the runs that are started again from it. */
  readonly scriptsAgain: readonly StepScript[];
  /** Moments at which an operator says what must be refused. */
  readonly trialsAtMs: readonly number[];
  readonly signals: readonly PlannedSignal[];
}

export interface PlannedSignal {
  readonly id: string;
  readonly signal: string;
  readonly payload: Json;
  readonly atMs: number;
}

export interface Suspension {
  readonly atMs: number;
  readonly forMs: number;
}

/**
 * What workers are like. All keep their duties, but for the undo of sloppy ones.
 *
 * - `fenced`: a store of their own, in one transaction with the effect
 * - `unfenced`: such a store, in which they write down only what was done: nothing keeps an effect from happening that
 *   they were asked for and did not find, so they say `unknown`, and promise nothing but of the first delivery
 * - `storeless`: a provider that knows keys, and to which a request may be under way when its process dies. Over a bus
 *   that may lose messages it cannot know whether the command that it refuses is sent again
 * - `sloppy`: an undo may overlook an effect until it is told of it (semantics.md, C5)
 */
export type Habit = "fenced" | "unfenced" | "storeless" | "sloppy";

export interface WorldPlan {
  /** Whether orchestrator and workers share a process and its bus, or have a broker between them. */
  readonly home: "embedded" | "broker";
  /** WorkerManagers, each a process of its own where there is a broker. */
  readonly managers: number;
  readonly habit: Habit;
  readonly runs: readonly PlannedRun[];
  readonly weather: Weather;
  /** How likely a worker is to be unlucky, of 1,000. */
  readonly unlucky: number;
  /** How likely somebody asks for a run when a result of it comes, of 1,000. */
  readonly meddling: number;
  /** Decided and not yet durable transitions beyond which starts are refused. */
  readonly maxUncommitted: number;
  /** How long things go wrong. */
  readonly chaosMs: number;
  /** Moments at which the world may lose its bus or its processes, or have a clock set. */
  readonly upheavalsAtMs: readonly number[];
  /** What an operator does in the end with what stands blocked. */
  readonly clearUp: "leave" | "abandon" | "mend";
  /** How likely an operator hears of an incident, and asks for something at once with another one, of 1,000. */
  readonly vigilance: number;
  readonly rivalry: number;
  /** How likely somebody has a run started again that has ended, of 1,000. */
  readonly persistence: number;
  /** How likely an operator who hears of an incident says what must be refused, of 1,000. */
  readonly obstinacy: number;
  /** What children may be of. */
  readonly children: readonly Workflow[];
  /** How likely somebody hears that a run waits, and sends it what it waits for, of 1,000. */
  readonly signalling: number;
}

const usualChaosMs = 120_000;
const idleChaosMs = 3_600_000;

export function generateWorld(dice: Dice): WorldPlan {
  const isScripted = dice.chance(300);
  const isIdle = dice.chance(200);
  const home = dice.chance(350) ? "embedded" : "broker";
  const workflows = Array.from({ length: dice.between(1, 3) }, (_, at) =>
    generateWorkflow(dice, `flow_${at}`, { isScripted, isIdle }),
  );
  const [first, ...others] = workflows;
  if (!first) throw new Error("there is a workflow");
  const chaosMs = isIdle ? idleChaosMs : usualChaosMs;
  const habit = isScripted ? "fenced" : dice.pick(habits);
  return {
    home,
    managers: home === "broker" ? dice.pick([1, 1, 2, 3]) : 1,
    habit,
    runs: Array.from({ length: dice.between(1, 12) }, (_, at) =>
      generateRun(dice, `run-${at}`, dice.pick([first, ...others]), { isScripted, isIdle }),
    ),
    weather: generateWeather(dice),
    unlucky: habit === "sloppy" ? 300 : dice.pick([0, 50, 150, 300]),
    meddling: dice.pick([0, 0, 50, 300]),
    maxUncommitted: dice.pick([50_000, 50_000, 2]),
    chaosMs,
    upheavalsAtMs: Array.from({ length: dice.roll(8) }, () => dice.roll(chaosMs)),
    clearUp: isScripted ? "leave" : dice.pick(["leave", "abandon", "mend", "mend", "mend"]),
    vigilance: isScripted ? 0 : dice.pick([0, 300, 900, 900]),
    rivalry: dice.pick([0, 200, 600]),
    ...{ persistence: 0, obstinacy: 0, children: [], signalling: 0 },
  };
}

const habits = ["fenced", "fenced", "fenced", "unfenced", "unfenced", "storeless", "storeless", "sloppy"] as const;

function generateRun(dice: Dice, id: string, workflow: Workflow, { isScripted, isIdle }: WorkflowTraits): PlannedRun {
  const startAtMs = dice.roll(40_000);
  const moment = () => startAtMs + dice.roll(isIdle ? 2_000_000 : 80_000);
  const scripts = isScripted ? generateScripts(dice, workflow) : workflow.steps.map(() => byLuck);
  const lacksExtra = scripts.some(({ step }) => step === "unmapped") || (!isScripted && dice.chance(50));
  const isLarge = dice.chance(8);
  // Several ask for it at once; where runs are parked, somebody asks all the time.
  const bursts = dice.chance(300) ? Array.from({ length: isIdle ? dice.pick([3, 20]) : 3 }, moment) : [];
  return {
    id,
    workflow,
    input: {
      run: id,
      amount: dice.roll(1000),
      ...(lacksExtra ? {} : { extra: [id, { of: workflow.name }] }),
      ...(isLarge ? { blob: "large ".repeat(12_000) } : {}),
    },
    startAtMs,
    againAtMs: [...(dice.chance(300) ? [startAtMs + dice.roll(3), moment()] : []), ...bursts],
    conflictAtMs: dice.chance(100) ? moment() : undefined,
    conflict: { amount: -1 },
    misfitAtMs: dice.chance(50) ? moment() : undefined,
    looksAtMs: [...Array.from({ length: dice.pick([0, 0, 1, 3]) }, moment), ...bursts],
    cancelsAtMs: !isScripted && dice.chance(200) ? dice.pick([[moment()], [moment(), moment()], bursts.slice(-1)]) : [],
    isCareful: dice.chance(300),
    abandonAtMs: !isScripted && dice.chance(80) ? moment() : undefined,
    suspensions: dice.chance(200)
      ? Array.from({ length: dice.between(1, 2) }, () => ({
          atMs: moment(),
          forMs: dice.roll(isIdle ? 900_000 : 60_000),
        }))
      : [],
    mendsAtMs: !isScripted && dice.chance(300) ? [moment(), moment()] : [],
    scripts,
    ...{ rerunsAtMs: [], scriptsAgain: scripts, trialsAtMs: [], signals: [] },
  };
}

function generateScripts(dice: Dice, { steps, catalogue, onFailure, pivotPlace }: Workflow): readonly StepScript[] {
  const stopsAt = dice.chance(600) ? dice.roll(steps.length) : -1;
  const stuckAt = dice.chance(150) ? dice.roll(steps.length) : -1;
  return steps.map((step, at) => {
    const needy: readonly Script[] = needsExtra(step) ? ["unmapped", "unmapped"] : [];
    // A copy of such an answer counts when the step has settled (C20): the end is the same only where it is undone.
    const isUndone = step.compensateInDoubt && onFailure === "compensate" && (pivotPlace < 0 || at < pivotPlace);
    const isBound = catalogue.has(step.worker) && step.compensation !== undefined && isUndone;
    const bound: readonly Script[] = isBound ? ["misfits", "misfits"] : [];
    const ending = dice.pick<Script>(["refuses", "refuses", "closes", "doubts", "silent", ...needy, ...bound]);
    // Whether a step that refuses is in doubt all the same is for the bus to say: an earlier answer may have been lost.
    const isSure = at !== stopsAt || ending !== "refuses";
    return { step: at === stopsAt ? ending : "works", undo: at === stuckAt && isSure ? "cannot" : "undoes" };
  });
}
