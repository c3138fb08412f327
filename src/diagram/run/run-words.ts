/** What is said above the picture of a run: how it ended, why, what was undone, what is left, what it waits for. */
import type { Problem } from "../../base/problem.ts";
import type { Cause, Residue } from "../../saga/event.ts";
import { forPeople } from "../../base/duration.ts";
import type { Line, Mark } from "../sketch.ts";
import { counted } from "../sketch-workflow.ts";
import { statusMark } from "./run-marks.ts";
import type { RunPicture, StepPicture } from "./run-picture.ts";

/** More names than these are counted. */
const mostNames = 6;
/** Each failure has a sentence of its own, as long as they are few. */
const mostFailures = 3;

const causes: Readonly<Record<Cause, string>> = {
  step_failed: "a step failed",
  deadline: "its time was over",
  cancelled: "it was cancelled",
  refused: "it was refused",
  abandoned: "an operator abandoned it",
  recalled: "its parent went back",
};

export function runSummary(picture: RunPicture): readonly Line[] {
  return [
    { text: headline(picture), mark: statusMark(picture.status) },
    ...failures(picture),
    ...undone(picture),
    ...left(picture),
    ...waiting(picture),
  ];
}

function headline(picture: RunPicture): string {
  const { status, phase, cause, startedAt, endedAt } = picture;
  const took = endedAt === undefined ? "" : ` after ${forPeople(endedAt - startedAt)}`;
  const why = cause === undefined ? "" : `: ${causes[cause]}`;
  if (status === "completed") return `completed${took}: everything is done`;
  if (status === "compensated") return `compensated${took}${why}, and nothing is left in the world`;
  if (status === "failed") return `failed${took}${why}, and something is left in the world`;
  if (cause === undefined) return status;
  return `${status}; the run ${phase === "draining" ? "goes no further" : "goes back"} because ${causes[cause]}`;
}

function failures({ steps }: RunPicture): readonly Line[] {
  const broken = steps.filter(({ state }) => state === "failed" || state === "in_doubt");
  const told = broken.slice(0, mostFailures).map(({ key, state, attempts, error }): Line => {
    const times = attempts > 1 ? ` after ${counted(attempts, "attempt")}` : "";
    const how = state === "failed" ? "failed" : "is in doubt";
    return { text: `${key} ${how}${times}${error ? `: ${problemText(error)}` : ""}`, mark: brokenMark(state) };
  });
  const more = broken.length - told.length;
  return more === 0 ? told : [...told, { text: `and ${counted(more, "more step")} that failed or are in doubt` }];
}

const brokenMark = (state: StepPicture["state"]): Mark =>
  state === "failed"
    ? { glyph: "cross", tone: "bad", word: "failed" }
    : { glyph: "question", tone: "doubt", word: "in doubt" };

/** Workers say what they like: long titles are cut by whoever draws. */
export const problemText = ({ code, title }: Problem): string => (title === "" ? code : `${code} (${title})`);

function undone({ steps, undoing, phase }: RunPicture): readonly Line[] {
  const settled = steps
    .filter(({ compensation }) => compensation?.state === "compensated" || compensation?.state === "resolved")
    .toSorted((one, other) => (one.compensation?.settledAt ?? 0) - (other.compensation?.settledAt ?? 0));
  const mark: Mark = { glyph: "back", tone: "undone", word: "undone" };
  const lines: Line[] = [];
  if (settled.length > 0) lines.push({ text: `Undone, in this order: ${names(settled.map(({ key }) => key))}`, mark });
  if (phase !== "forward" && undoing.length > 0) {
    const begins = phase === "draining" ? "To be undone, if the run goes back" : "Still to be undone";
    lines.push({ text: `${begins}: ${names(undoing.map(perhaps))}`, mark });
  }
  return lines;
}

function left({ residue, undeclared }: RunPicture): readonly Line[] {
  const lines: Line[] = [];
  if (residue.length > 0) {
    const mark: Mark = { glyph: "square", tone: "bad", word: "left" };
    lines.push({ text: `Left in the world: ${names(residue.map(perhaps))}`, mark });
  }
  if (undeclared.length > 0) {
    const mark: Mark = { glyph: "dot", tone: "quiet", word: "undeclared" };
    lines.push({ text: `Ran, and declares no undo: ${names(undeclared)}`, mark });
  }
  return lines;
}

function waiting({ waits }: RunPicture): readonly Line[] {
  return waits.slice(0, mostFailures).map(({ what, who, verbs }) => {
    const how = who === "operator" && verbs.length > 0 ? `; mend it by ${verbs.join(", ")}` : "";
    const isStanding = who === "operator";
    const mark: Mark = { glyph: isStanding ? "square" : "play", tone: isStanding ? "bad" : "busy", word: "waits" };
    return { text: `Waits ${what}${how}`, mark };
  });
}

export const perhaps = (one: Pick<Residue, "certainty"> & ({ readonly step: string } | { readonly key: string })) =>
  `${"step" in one ? one.step : one.key}${one.certainty === "possible" ? " (perhaps)" : ""}`;

export const names = (all: readonly string[]): string =>
  all.length <= mostNames
    ? all.join(", ")
    : `${all.slice(0, mostNames - 1).join(", ")} and ${all.length - mostNames + 1} more`;
