/** What holds among the keys of one step or block, after each of them was read: they must not say different things. */
import { inSeconds } from "../base/duration.ts";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../base/json.ts";
import type { Reading } from "./reading.ts";
import { formatPath, type ValuePath } from "./value-path.ts";
import type { NodeKind } from "./vocabulary.ts";
import { defaults } from "./workflow.ts";

/** `node` is as it was read, of the kind and the name that are said. */
export function checkNode(kind: NodeKind, name: string, node: JsonObject, path: ValuePath, reading: Reading): void {
  if (kind === "step" || kind === "child") checkKind(kind, node, path, reading);
  if (kind === "step") checkInDoubt(node, path, reading);
  if (kind === "wait") checkWait(node, path, reading);
  if (node["kind"] === "pivot") checkPivot(name, node, path, reading);
}

/** Names are unique, however deep they stand. */
export function claimName(name: string, path: ValuePath, { findings, progress: { seen } }: Reading): void {
  const first = seen.get(name);
  if (!first) seen.set(name, path);
  else {
    const message = `\`${name}\` is the name of \`${formatPath(first.slice(0, -1))}\` too`;
    const mend = "Give each step and block a name of its own; two steps may share a `worker`.";
    findings.atValue("duplicate_step", path, message, mend);
  }
}

/** A kind says what becomes of the effect, and so does a compensation: they must say the same. */
function checkKind(word: "step" | "child", node: JsonObject, path: ValuePath, reading: Reading): void {
  const { kind } = node;
  const isUndone = Object.hasOwn(node, "compensation");
  const { findings, progress } = reading;
  const at = [...path, "kind"];
  // A child goes back itself.
  if (kind === "compensatable" && !isUndone && word === "step") {
    const mend = "Add a `compensation`, or leave `kind` out.";
    findings.atValue("contradiction", at, "a compensatable step has a compensation", mend);
  } else if (typeof kind === "string" && kind !== "compensatable" && isUndone) {
    const mend = "Leave `kind` out, or the `compensation`.";
    findings.atValue("contradiction", at, `nothing undoes a ${word} that is ${kind}`, mend);
  } else if (kind === "retriable" && progress.pivot === undefined) {
    const mend = "Put it behind the step that is the `pivot`, or leave `kind` out.";
    findings.atValue("contradiction", at, `only after a pivot a ${word} is retriable`, mend);
  }
}

/** From it on the run never turns, so it must be known that it comes, once, and when all before it is done. */
function checkPivot(name: string, node: JsonObject, path: ValuePath, { findings, isInBlock, progress }: Reading): void {
  const at = [...path, "kind"];
  if (isInBlock) {
    const mend = "Put it before or behind the block, or leave `kind` out.";
    findings.atValue("contradiction", at, "a pivot stands in the outermost sequence, and this is in a block", mend);
  } else if (progress.pivot !== undefined) {
    const mend = "Keep one of the two; what comes behind it is `retriable`.";
    findings.atValue("contradiction", at, `\`${progress.pivot}\` is the pivot, and there is only one`, mend);
  } else if (Object.hasOwn(node, "when")) {
    const mend = "Leave `when` out, or `kind`.";
    findings.atKey("contradiction", [...path, "when"], "a pivot is not skipped, so it has no condition", mend);
  }
  progress.pivot ??= name;
}

function checkInDoubt(step: JsonObject, path: ValuePath, { findings }: Reading): void {
  if (!Object.hasOwn(step, "compensateInDoubt") || Object.hasOwn(step, "compensation")) return;
  const at = [...path, "compensateInDoubt"];
  findings.atKey("contradiction", at, "there is no compensation to send or not to send", "Leave it out.");
}

const ends = ["for", "until", "signal"] as const;

/** It ends in one way; time beside a signal is said by `timeout`. */
function checkWait(wait: JsonObject, path: ValuePath, { findings }: Reading): void {
  const given = ends.filter((key) => Object.hasOwn(wait, key));
  const [first, ...others] = given;
  if (first === undefined) {
    const mend = "Add `for`, how long; `until`, a moment; or `signal`, the name of one.";
    findings.atValue("missing_key", path, "nothing says what this wait is for", mend);
    return;
  }
  for (const other of others) {
    const mend = given.includes("signal")
      ? "Keep one of them; how long a signal is waited for is its `timeout`."
      : "Keep one of them.";
    findings.atKey("contradiction", [...path, other], `\`${other}\` stands beside \`${first}\``, mend);
  }
  const isForSignal = Object.hasOwn(wait, "signal");
  for (const key of ["timeout", "onTimeout"]) {
    if (isForSignal || !Object.hasOwn(wait, key)) continue;
    const message = `only a wait for a signal has \`${key}\``;
    findings.atKey("contradiction", [...path, key], message, "Leave it out; this wait ends by itself.");
  }
  if (isForSignal && Object.hasOwn(wait, "onTimeout") && !Object.hasOwn(wait, "timeout")) {
    const mend = "Add a `timeout`, or leave it out.";
    findings.atKey("contradiction", [...path, "onTimeout"], "there is no timeout to act on", mend);
  }
}

/** Each case has a condition, but for the last, which may be for what is left. */
export function checkCases(cases: Json, path: ValuePath, { findings }: Reading): void {
  for (const [index, one] of (isJsonList(cases) ? cases : []).entries()) {
    if (!isJsonObject(one)) continue;
    const at = [...path, index];
    const [hasCondition, isRest] = [Object.hasOwn(one, "when"), Object.hasOwn(one, "otherwise")];
    if (!hasCondition && !isRest) {
      const mend = "Add `when`, a condition; or `otherwise: true`, in the last case.";
      findings.atValue("missing_key", at, "nothing says when this case is taken", mend);
    } else if (hasCondition && isRest) {
      const mend = "Keep one of the two.";
      findings.atKey("contradiction", [...at, "otherwise"], "`otherwise` stands beside `when`", mend);
    } else if (isRest && isJsonList(cases) && index < cases.length - 1) {
      const message = "behind `otherwise` no case is ever taken";
      findings.atKey("contradiction", [...at, "otherwise"], message, "Make it the last case.");
    }
  }
}

/** A first wait above the longest would silently be cut, so it is refused; the default of the longest counts too. */
export function checkRetry(
  holder: "step" | "inquiry" | "compensation",
  retry: JsonObject,
  path: ValuePath,
  { findings }: Reading,
): void {
  const fallback = holder === "compensation" ? defaults.compensationRetry : defaults.stepRetry;
  const initialMs = Object.hasOwn(retry, "initial") ? retry["initial"] : fallback.initialMs;
  const maxMs = Object.hasOwn(retry, "max") ? retry["max"] : fallback.maxMs;
  if (typeof initialMs !== "number" || typeof maxMs !== "number" || initialMs <= maxMs) return;
  const key = Object.hasOwn(retry, "initial") ? "initial" : "max";
  const message = `the first wait (${inSeconds(initialMs)}) is longer than the longest (${inSeconds(maxMs)})`;
  findings.atValue("contradiction", [...path, key], message, "Write a `max` that is at least `initial`.");
}
