/** What would be undone now, and in which order; of a run that goes back or has gone back, how far it is. */
import type { Workflow } from "../../definition/workflow.ts";
import { settledCompensationStates } from "../../saga/tables.ts";
import type { Card, Frame, Lane, Line, Mark, Part, Sketch } from "../sketch.ts";
import { counted } from "../sketch-workflow.ts";
import { statusMark, undoMark } from "./run-marks.ts";
import type { RunPicture } from "./run-picture.ts";
import { names, perhaps, problemText } from "./run-words.ts";

/** Side by side; the others are counted. */
const mostAtOnce = 6;

interface Undo {
  readonly key: string;
  readonly after: readonly string[];
  readonly card: Card;
}

const would: Mark = { glyph: "back", tone: "undone", word: "would be undone" };
const wouldPerhaps: Mark = { glyph: "question", tone: "doubt", word: "would be undone, perhaps without need" };

export function sketchUndo(workflow: Workflow, picture: RunPicture): Sketch {
  const undos = undosOf(picture);
  const parts = levelsOf(undos).map(partOf);
  return {
    title: `Undo: ${picture.id} (${workflow.name}@${workflow.version})`,
    about: "What is undone, in which order: from the top down.",
    summary: summaryOf(picture, undos.length),
    lane: { parts: parts.length > 0 ? parts : [emptyCard] },
  };
}

const emptyCard: Card = { is: "card", key: "nothing", look: "nothing", title: "nothing to undo", facts: [] };

function undosOf({ steps, undoing, phase }: RunPicture): readonly Undo[] {
  const open = new Map(undoing.map((undo) => [undo.key, undo]));
  const begun = steps.flatMap(({ key, compensation }): Undo[] => {
    if (!compensation) return [];
    const { worker, state, attempts, after, error } = compensation;
    const isAhead = phase === "forward" && open.has(key);
    const mark = isAhead ? markOf(open.get(key)?.certainty) : undoMark(state);
    const trouble = error && !settledCompensationStates.has(state) ? [problemText(error)] : [];
    const times = attempts > 1 ? [counted(attempts, "attempt")] : [];
    return [
      {
        key,
        after: isAhead ? (open.get(key)?.after ?? []) : after,
        card: cardOf(key, worker, mark, [...times, ...trouble]),
      },
    ];
  });
  const known = new Set(begun.map(({ key }) => key));
  const ahead = undoing
    .filter(({ key }) => !known.has(key))
    .map(({ key, worker, certainty, after }): Undo => ({
      key,
      after,
      card: cardOf(key, worker, markOf(certainty), []),
    }));
  return [...ahead, ...begun.toReversed()];
}

const markOf = (certainty: "done" | "possible" | undefined): Mark => (certainty === "possible" ? wouldPerhaps : would);

const cardOf = (key: string, worker: string, mark: Mark, facts: readonly string[]): Card => ({
  is: "card",
  key: `${key}!undo`,
  look: "undo",
  title: `undo ${key}`,
  mark,
  facts: [worker === "" ? "the child goes back" : `worker ${worker}`, ...facts],
});

/** What may begin at the same time stands in one level. */
function levelsOf(undos: readonly Undo[]): readonly (readonly Undo[])[] {
  const byKey = new Map(undos.map((undo) => [undo.key, undo]));
  const levels = new Map<string, number>();
  // A chain of a thousand must not be a thousand calls deep.
  const stack = undos.map(({ key }) => key).toReversed();
  const entered = new Set<string>();
  while (stack.length > 0) {
    const key = stack.at(-1) ?? "";
    const before = (byKey.get(key)?.after ?? []).filter((other) => byKey.has(other));
    const unknown = levels.has(key) ? [] : before.filter((other) => !levels.has(other) && !entered.has(other));
    entered.add(key);
    if (unknown.length > 0) {
      stack.push(...unknown);
      continue;
    }
    stack.pop();
    if (!levels.has(key)) levels.set(key, 1 + Math.max(-1, ...before.map((other) => levels.get(other) ?? 0)));
  }
  const sorted: Undo[][] = [];
  for (const undo of undos) (sorted[levels.get(undo.key) ?? 0] ??= []).push(undo);
  return sorted.filter((level) => level.length > 0);
}

function partOf(level: readonly Undo[], place: number): Part {
  const [only] = level;
  if (level.length === 1 && only) return only.card;
  const shown = level.length <= mostAtOnce ? level : [...level.slice(0, mostAtOnce - 2), ...level.slice(-1)];
  const lanes: Lane[] = shown.map(({ card }) => ({ parts: [card] }));
  if (shown.length < level.length) {
    const title = `… ${level.length - shown.length} more`;
    lanes.splice(-1, 0, { parts: [{ is: "card", key: `more${place}`, look: "more", title, facts: [] }] });
  }
  const frame: Frame = { is: "frame", key: `level${place}`, kind: "parallel", title: "side by side", facts: [], lanes };
  return frame;
}

function summaryOf(picture: RunPicture, count: number): readonly Line[] {
  const { status, phase, staying, residue, steps } = picture;
  const settled = steps.filter(({ compensation }) => compensation?.state === "compensated").length;
  const mark = statusMark(status);
  const kept = phase === "ended" ? residue : staying;
  const left: Line = {
    text: `${phase === "ended" ? "Left in the world" : "Nothing would undo"}: ${names(kept.map(perhaps))}`,
    mark: { glyph: "square", tone: "bad", word: "left" },
  };
  return [{ text: headline(picture, count, settled), mark }, ...(kept.length > 0 ? [left] : [])];
}

function headline({ status, phase }: RunPicture, count: number, settled: number): string {
  if (status === "completed") return "completed: nothing is undone any more";
  if (phase === "ended") return `${status}: ${settled} of ${counted(count, "undo")} done`;
  if (phase === "backward")
    return `${status}: ${settled} of ${counted(count, "undo")} done, the others follow in this order`;
  if (count === 0) return `${status}: if it failed now, nothing would be undone`;
  return `${status}: if it failed now, this would be undone, from the top down`;
}
