/** What pictures say of blocks, and of the steps that the engine does itself: the same words in every view and format. */
import { isJsonObject, type Json } from "../base/json.ts";
import { inSeconds } from "../base/duration.ts";
import type { Act, BlockPlan, StepPlan } from "../definition/workflow.ts";

/** Longer expressions and mappings are cut: a picture is no listing. */
const longestExpression = 160;

const cut = (text: string): string =>
  text.length <= longestExpression ? text : `${text.slice(0, longestExpression - 1)}…`;

/** The variable, the path or the value that a mapping gives. */
export function mappingText(mapping: Json): string {
  if (isJsonObject(mapping)) {
    const path = mapping["$"];
    if (typeof path === "string") return cut(path);
    const expression = mapping["$cel"];
    if (typeof expression === "string") return cut(expression);
  }
  return cut(JSON.stringify(mapping));
}

export const condition = (expression: string): string => cut(expression);

/** `only when …`; nothing where it always is. */
export const whenFacts = (when: string | undefined): readonly string[] =>
  when === undefined ? [] : [`only when ${condition(when)}`];

/** Says how the sequences of a block are gone through. */
export function blockRule(block: BlockPlan): string {
  switch (block.is) {
    case "parallel": {
      const siblings = block.siblings === "cancel" ? "are asked to stop" : "end what they have begun";
      return `all side by side; when one fails the others ${siblings}`;
    }
    case "choose":
      return "the first that holds";
    case "forEach":
      return `for each ${block.as} in ${mappingText(block.in)}, ${block.concurrency === 1 ? "one" : block.concurrency} at a time`;
    case "loop":
      return `until ${condition(block.until)}, at most ${block.max} times`;
  }
}

/** The name of one of a block's sequences: a branch, a condition; of a block with one sequence nothing. */
export function laneTitle(block: BlockPlan, arm: number): string | undefined {
  if (block.is === "parallel") return block.branches[arm];
  if (block.is !== "choose") return undefined;
  const when = block.conditions[arm];
  return when === undefined ? "otherwise" : `when ${condition(when)}`;
}

/** What a step does that no worker is asked for. */
export function actFacts(act: Exclude<Act, { is: "work" }>): readonly string[] {
  if (act.is === "child") return [`workflow ${act.workflow}`];
  if (act.is === "fail") return [`turns the run back: ${act.code}`];
  const { forMs, until, signal, timeoutMs, onTimeout } = act;
  if (signal !== undefined) {
    const over = onTimeout === "fail" ? "then the run turns back" : "then it goes on without";
    return [
      `for the signal ${signal}`,
      timeoutMs === undefined ? "as long as it takes" : `${span(timeoutMs)} at most, ${over}`,
    ];
  }
  return [until === undefined ? `for ${span(forMs ?? 0)}` : `until ${mappingText(until)}`];
}

/** In the largest unit that says it exactly: `10m`, `24h`, `1.5s`. */
export function span(ms: number): string {
  const unit = units.find(([, length]) => ms >= length && ms % length === 0);
  return unit ? `${ms / unit[1]}${unit[0]}` : inSeconds(ms);
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
] as const;

/** What is out of the ordinary of a step: a reader of the picture should know where the point of no return is. */
export function kindFacts({ kind, act }: StepPlan): readonly string[] {
  if (kind === "pivot") return ["pivot: the point of no return"];
  if (kind === "irreversible") return ["irreversible"];
  return kind === "readonly" && act.is === "work" ? ["readonly"] : [];
}

/** The worker of an undo; a child without one goes back by itself. */
export const undoWorker = ({ act, compensation }: StepPlan): string | undefined =>
  compensation && (compensation.worker === "" && act.is === "child" ? "the child itself" : compensation.worker);
