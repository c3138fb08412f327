/** The words of semantics.md, 4 and 5, each with its glyph and its tone. */
import type { CompensationStateName, Status, StepStateName } from "../../saga/tables.ts";
import type { Glyph, Mark, Tone } from "../sketch.ts";

const looks: Readonly<Record<StepStateName, readonly [Glyph, Tone]>> = {
  pending: ["dot", "quiet"],
  ready: ["dot", "quiet"],
  waiting: ["dot", "busy"],
  dispatched: ["play", "busy"],
  retry_wait: ["again", "doubt"],
  inquiring: ["question", "doubt"],
  failed: ["cross", "bad"],
  in_doubt: ["question", "doubt"],
  succeeded: ["check", "good"],
  skipped: ["dash", "quiet"],
  not_run: ["dash", "quiet"],
};

const undoLooks: Readonly<Record<CompensationStateName, readonly [Glyph, Tone]>> = {
  armed: ["dot", "quiet"],
  queued: ["dot", "undone"],
  dispatched: ["play", "busy"],
  retry_wait: ["again", "doubt"],
  blocked: ["square", "bad"],
  compensated: ["back", "undone"],
  unneeded: ["dash", "quiet"],
  discarded: ["dash", "quiet"],
  resolved: ["check", "undone"],
  skipped: ["cross", "bad"],
};

const statusLooks: Readonly<Record<Status, readonly [Glyph, Tone]>> = {
  completed: ["check", "good"],
  compensated: ["back", "undone"],
  failed: ["cross", "bad"],
  suspended: ["square", "doubt"],
  blocked: ["square", "bad"],
  cancelling: ["again", "doubt"],
  compensating: ["again", "undone"],
  pending: ["dot", "quiet"],
  waiting: ["dot", "busy"],
  running: ["play", "busy"],
};

const markFrom = ([glyph, tone]: readonly [Glyph, Tone], word: string): Mark => ({
  glyph,
  tone,
  word: word.replaceAll("_", " "),
});

export const stepMark = (state: StepStateName): Mark => markFrom(looks[state], state);
export const undoMark = (state: CompensationStateName): Mark => markFrom(undoLooks[state], state);
export const statusMark = (status: Status): Mark => markFrom(statusLooks[status], status);

/** Of an effect that the run has left in the world: its step did what it should, and that is the trouble. */
export const leftMark = (state: StepStateName): Mark => ({
  glyph: "square",
  tone: "bad",
  word: state.replaceAll("_", " "),
});
