/** Envelopes of every kind, as the engine and its workers would make them: for properties. */
import fc from "fast-check";
import type { Json } from "../base/json.ts";
import type { AnyEnvelope } from "../bus/check-envelope.ts";
import type { Command, ResultData } from "../bus/envelope.ts";
import {
  type CommandParts,
  makeCommand,
  makeNotice,
  makeProgress,
  makeResult,
  makeStatus,
  workerSource,
  runAttributes,
} from "../bus/make-envelope.ts";
import type { Action } from "../saga/event.ts";

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/);
const runId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}(\.[a-z0-9_]{1,9})?$/);
const stepKey = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}(\[\d{1,3}\]|#\d{1,3})?$/);
const count = fc.integer({ min: 1, max: 1000 });
const atMs = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
const definition = fc.stringMatching(/^[0-9a-f]{64}$/);

/** `-0` is left out: JSON has no other text for it than `0`. */
export const arbitraryJson: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json)
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'));

const run = {
  run: fc.record({ namespace: name, workflow: name, runId, runUid: fc.uuid(), rootId: runId }).map(runAttributes),
  atMs,
};
const actions = fc.constantFrom<Action>("execute", "compensate", "inquire");

const commandData = fc.record(
  {
    input: arbitraryJson,
    context: fc.record(
      {
        timeoutMs: count,
        heartbeatMs: count,
        execution: fc.constantFrom("at_least_once" as const, "at_most_once" as const),
        delivery: count,
        again: fc.constant(true as const),
      },
      { requiredKeys: ["timeoutMs", "execution", "delivery"] },
    ),
    undo: arbitraryJson,
    forward: fc.record(
      { outcome: fc.constantFrom("succeeded" as const, "in_doubt" as const), output: arbitraryJson },
      { requiredKeys: ["outcome"] },
    ),
  },
  { requiredKeys: ["input", "context"] },
);

export const arbitraryCommand: fc.Arbitrary<Command> = fc
  .record<CommandParts>({
    ...run,
    worker: name,
    step: stepKey,
    action: actions,
    attempt: count,
    key: fc.string({ minLength: 1, maxLength: 40 }),
    undoes: fc.string({ minLength: 1, maxLength: 40 }),
    definition,
    home: name,
    version: fc.nat(1000),
    expiresAtMs: fc.option(atMs, { nil: undefined }),
    data: commandData,
  })
  .map((parts) => makeCommand(parts.action === "execute" ? { ...parts, undoes: undefined } : parts));

const problem = fc.record(
  { code: name, title: fc.string({ minLength: 1 }), detail: fc.string(), status: count },
  { requiredKeys: ["code", "title"] },
);

const failed: fc.Arbitrary<ResultData> = fc
  .record({
    outcome: fc.constant("failed" as const),
    error: problem,
    retryable: fc.boolean(),
    effect: fc.constantFrom("none" as const, "possible" as const),
    scope: fc.constantFrom("attempt" as const, "key" as const),
  })
  .map((data) => (data.scope === "key" ? { ...data, effect: "none", retryable: false } : data));

const output = fc.record({ output: arbitraryJson, undo: arbitraryJson }, { requiredKeys: ["output"] });

const answers: Readonly<Record<Action, fc.Arbitrary<ResultData>>> = {
  execute: fc.oneof(
    output.map((given): ResultData => ({ outcome: "succeeded", ...given })),
    failed,
  ),
  compensate: fc.oneof(
    fc.boolean().map((found): ResultData => ({ outcome: "compensated", found })),
    failed,
  ),
  inquire: fc.oneof(
    output.map((given): ResultData => ({ outcome: "done", ...given })),
    fc.constantFrom<ResultData>({ outcome: "not_done" }, { outcome: "unknown" }),
    failed,
  ),
};

const arbitraryResult = fc
  .tuple(arbitraryCommand, name, atMs)
  .chain(([command, instance, at]) =>
    answers[command.action ?? "execute"].map((data) =>
      makeResult(command, { source: workerSource("default", "pay", instance), atMs: at, data }),
    ),
  );

const arbitraryProgress = fc
  .tuple(
    arbitraryCommand,
    atMs,
    count,
    fc.oneof(
      fc.constantFrom({ phase: "taken" as const }, { phase: "heartbeat" as const }),
      fc.record(
        { phase: fc.constant("working" as const), percent: fc.integer({ min: 0, max: 100 }), text: fc.string() },
        { requiredKeys: ["phase"] },
      ),
    ),
  )
  .map(([command, at, number, data]) =>
    makeProgress(command, { source: workerSource("default", "pay", "a"), atMs: at, delivery: 1, number, data }),
  );

const arbitraryNotice = fc
  .record({
    ...run,
    worker: name,
    step: stepKey,
    action: actions,
    attempt: count,
    advice: fc.constant("cancel" as const),
  })
  .map(makeNotice);

const arbitraryStatus = fc
  .record({
    ...run,
    number: count,
    step: fc.option(stepKey, { nil: undefined }),
    data: fc.record({
      status: name,
      phase: name,
      event: name,
      detail: fc.dictionary(name, arbitraryJson, { maxKeys: 4 }),
    }),
  })
  .map((parts) => makeStatus(parts, parts));

export const arbitraryEnvelope: fc.Arbitrary<AnyEnvelope> = fc.oneof<fc.Arbitrary<AnyEnvelope>[]>(
  arbitraryCommand,
  arbitraryResult,
  arbitraryProgress,
  arbitraryNotice,
  arbitraryStatus,
);
