/** The worry: what a worker answers takes over the terminal of whoever looks at the run. */
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunView } from "../operations/run-view.ts";
import type { RecordedEvent } from "../operations/runs.ts";
import { localTime } from "./local-time.ts";
import { renderEvents, renderRun } from "./show-run.ts";

const plain = { colour: false, ascii: false };

const view = (text = "card_declined"): RunView => ({
  id: "order-7",
  uid: "u",
  workflow: "order",
  workflowVersion: 1,
  definition: "0".repeat(64),
  status: "blocked",
  phase: "backward",
  version: 21,
  startedAt: 1_000,
  changedAt: 63_000,
  cause: "step_failed",
  input: { note: text },
  steps: [
    {
      step: "reserve",
      worker: "reserve",
      state: "succeeded",
      attempts: 2,
      error: { code: "hiccup", title: "stumbled" },
      compensation: { worker: "release", state: "blocked", attempts: 12, error: { code: text, title: text } },
    },
    {
      step: "charge",
      worker: "charge",
      state: "failed",
      attempts: 1,
      error: { code: text, title: text, detail: text },
    },
    { step: "ship", worker: "ship", state: "not_run", attempts: 0 },
  ],
  waitsFor: {
    ...{ what: `for an operator: reserve cannot be undone: ${text}`, since: 62_000, until: undefined },
    ...{ who: "operator", verbs: ["retry", "skip"] },
  },
  wouldUndo: [{ step: "reserve", worker: "release", certainty: "done" }],
  wouldLeave: [{ step: "charge", certainty: "possible" }],
  incidents: [
    {
      ...{ number: 1, kind: "compensation", step: "reserve", side: "compensate", openedAt: 62_000 },
      error: { code: text, title: text },
    },
  ],
  residue: [{ step: "reserve", certainty: "possible" }],
  undeclared: ["charge"],
});

describe("renderRun", () => {
  it("says how the run stands, what became of each step, what is left and what waits", () => {
    expect(renderRun(view(), plain)).toBe(
      [
        "order-7  order@1  ■ blocked (step_failed)",
        `started ${localTime(1_000)}, last changed ${localTime(63_000)}, version 21`,
        `waits   for an operator: reserve cannot be undone: card_declined, since ${localTime(62_000)}; mend it by retry, skip`,
        'input   {"note":"card_declined"}',
        "",
        "  ✓ succeeded  reserve  2 attempts  ■ blocked: release (12 attempts; card_declined: card_declined)",
        "  ✗ failed     charge   1 attempt                                                                   card_declined: card_declined (card_declined)",
        "  − not_run    ship",
        "",
        "Still to be undone: reserve",
        "Nothing would undo: charge (perhaps)",
        "",
        "Left in the world:",
        "  possible reserve",
        "",
        "Ran without a declared undo: charge",
        "",
        "Waits for an operator:",
        `  1. compensation of reserve since ${localTime(62_000)}: card_declined: card_declined`,
      ].join("\n"),
    );
  });

  it("says the same words without colours, and only ASCII where that is asked for", () => {
    const coloured = renderRun(view(), { colour: true, ascii: false });
    expect(coloured).not.toBe(renderRun(view(), plain));
    expect(stripVTControlCharacters(coloured)).toBe(renderRun(view(), plain));
    expect(renderRun(view(), { colour: false, ascii: true })).toMatch(/^[\n -~]*$/);
  });

  it("keeps every stranger's text on its line, whatever it holds", () => {
    const hostile = fc
      .array(
        fc.oneof(fc.constantFrom("\u001b[2J", "\n", "\r", "\u009b", "\u202e", "\u0007"), fc.string({ unit: "binary" })),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(hostile, (text) => {
        const event: RecordedEvent = {
          number: 1,
          at: 0,
          event: { type: "StepFailed", step: text, error: { code: text, title: text } },
        };
        const page = `${renderRun(view(text), plain)}\n${renderEvents([event], plain)}`;
        expect(page).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u);
        expect(page.split("\n")).toHaveLength(20);
      }),
    );
  });
});

describe("renderEvents", () => {
  it("gives number, time and facts of each event, and no payload", () => {
    const events: readonly RecordedEvent[] = [
      { number: 9, at: 5, event: { type: "StepSucceeded", step: "charge", attempt: 2, output: { secret: 1 } } },
      { number: 10, at: 6, event: { type: "RetryScheduled", step: "ship", side: "execute", dueAt: 7 } },
    ];
    expect(renderEvents(events, plain)).toBe(
      [
        ` 9  ${localTime(5, true)}  StepSucceeded   step=charge attempt=2`,
        `10  ${localTime(6, true)}  RetryScheduled  step=ship side=execute dueAt=${localTime(7, true)}`,
      ].join("\n"),
    );
  });
});
