/** Steps of every kind, with policies and times of every kind. */
import type { Json } from "../../base/json.ts";
import type { CompensationDefinition, RetryDefinition, StepDefinition, StepKind } from "../../definition/definition.ts";
import type { Dice } from "./dice.ts";

/** What all workflows of a world have in common. */
export interface WorkflowTraits {
  /** Its ends are known beforehand: then nothing is generated of which luck decides, and no bad luck lasts as long as a budget. */
  readonly isScripted: boolean;
  /** Waits are long, so that runs leave memory. */
  readonly isIdle: boolean;
}

export interface StepPlace {
  readonly workflow: string;
  readonly at: number;
  /** Beyond the last step where there is no pivot. */
  readonly pivotAt: number;
  /** Its input needs what not every run is given. */
  readonly isNeedy: boolean;
}

export function generateStep(dice: Dice, place: StepPlace, traits: WorkflowTraits): StepDefinition {
  const { workflow, at } = place;
  const kind = generateKind(dice, place, traits);
  const isOnce = !traits.isScripted && dice.chance(120);
  // In doubt, who has no undo or must not be undone unasked ends by luck, unless its worker can say what happened.
  const mustTell = traits.isScripted && (kind === "pivot" || kind === "irreversible");
  const inquiry = mustTell || dice.chance(250) ? { inquire: generateInquiry(dice, traits) } : {};
  const mayAsk = "inquire" in inquiry || !traits.isScripted;
  const isUnasked = kind === "compensatable" && mayAsk && dice.chance(200);
  return {
    step: `s${at}`,
    worker: `${workflow}_do_${at}`,
    // What is the default is left out half the time.
    ...(isDefault(kind, place) && dice.chance(500) ? {} : { kind }),
    timeout: generateTimeout(dice, traits),
    ...generateTimes(dice, traits),
    retry: generateRetry(dice, traits, "refused"),
    ...(isOnce ? { execution: "at_most_once" } : {}),
    ...generateMapping(dice, place),
    ...inquiry,
    ...(kind === "compensatable" ? { compensation: generateCompensation(dice, place, traits) } : {}),
    ...(isUnasked ? { compensateInDoubt: false } : {}),
  };
}

function generateKind(dice: Dice, { at, pivotAt }: StepPlace, { isScripted }: WorkflowTraits): StepKind {
  if (at === pivotAt) return "pivot";
  if (at > pivotAt) return dice.pick(["retriable", "retriable", "retriable", "readonly", "compensatable", "plain"]);
  const others: readonly StepKind[] = isScripted ? [] : ["plain", "plain"];
  if (dice.chance(700)) return "compensatable";
  return dice.pick(["readonly", "irreversible", ...others]);
}

const isDefault = (kind: StepKind, { at, pivotAt }: StepPlace): boolean =>
  kind === "compensatable" || kind === (at > pivotAt ? "retriable" : "plain");

/**
 * When a command is too old to be taken, when a step has taken too long, when a worker has been silent for too long. A
 * worker whose clock is ahead finds each command too old, however often it is asked: no script says so.
 */
function generateTimes(dice: Dice, { isScripted, isIdle }: WorkflowTraits): Partial<StepDefinition> {
  const most = isIdle ? 600_000 : 40_000;
  const start = !isScripted && dice.chance(120) ? { scheduleToStart: dice.between(100, most) } : {};
  const whole = !isScripted && dice.chance(120) ? { stepDeadline: dice.between(300, most * 2) } : {};
  const beat = dice.chance(150) ? { heartbeat: dice.between(1500, 20_000) } : {};
  return { ...start, ...whole, ...beat };
}

function generateMapping(dice: Dice, { at, isNeedy }: StepPlace): Partial<StepDefinition> {
  if (isNeedy) return { input: { extra: { $: "input.extra" } } };
  return dice.chance(250) ? { input: generateInput(dice, at) } : {};
}

const generateInquiry = (dice: Dice, traits: WorkflowTraits) => ({
  timeout: generateTimeout(dice, traits),
  retry: generateRetry(dice, traits, "not now"),
});

const generateCompensation = (
  dice: Dice,
  { workflow, at }: StepPlace,
  traits: WorkflowTraits,
): CompensationDefinition => ({
  worker: `${workflow}_undo_${at}`,
  timeout: generateTimeout(dice, traits),
  retry: generateRetry(dice, traits, "not now"),
  ...(dice.chance(250) ? { input: generateUndoInput(dice, at, traits) } : {}),
});

function generateInput(dice: Dice, at: number): Json {
  const otherwise = dice.chance(300) ? { else: "skipped" } : {};
  const before = at > 0 ? { from: { $: `steps.s${dice.roll(at)}.output.of`, ...otherwise } } : {};
  return { ...before, amount: { $: "input.amount" }, items: [at, { $: "run.id" }] };
}

/** Without an `else` an undo whose step is in doubt cannot be sent: an incident. */
function generateUndoInput(dice: Dice, at: number, { isScripted }: WorkflowTraits): Json {
  const reference = `steps.s${at}.output.of`;
  const isCareless = !isScripted && dice.chance(300);
  return { of: isCareless ? { $: reference } : { $: reference, else: "in doubt" } };
}

const generateTimeout = (dice: Dice, { isIdle }: WorkflowTraits): number =>
  isIdle ? dice.between(1000, 600_000) : dice.between(200, 40_000);

function generateRetry(dice: Dice, { isScripted, isIdle }: WorkflowTraits, code: string): RetryDefinition {
  const [first, longest] = isIdle ? [400_000, 3_600_000] : [3000, 30_000];
  return {
    attempts: isScripted ? 100 : dice.between(1, 4),
    initial: dice.between(1, first),
    factor: dice.pick([1, 2, 3]),
    max: longest,
    jitter: dice.pick([0, 0.2, 1]),
    ...(isScripted ? {} : dice.pick([{}, {}, {}, { not: [code, "timed_out"] }, { on: [code, "timed_out"] }])),
  };
}
