/** Pictures of runs with blocks, written by hand: what happened, and when. */
import type { CompensationPicture, RunPicture, StepPicture } from "../../src/diagram/run/run-picture.ts";
import type { CompensationStateName, StepStateName } from "../../src/saga/tables.ts";

export interface GalleryRun {
  /** Of its file. */
  readonly label: string;
  readonly says: string;
  readonly picture: RunPicture;
}

const start = 1_000_000;

interface Told {
  readonly from?: number;
  readonly took?: number;
  readonly attempts?: number;
  readonly error?: StepPicture["error"];
  readonly compensation?: CompensationPicture;
}

const step = (
  key: string,
  state: StepStateName,
  { from, took, attempts = 1, error, compensation }: Told = {},
): StepPicture => ({
  key,
  name: key.replace(/[[#].*/, ""),
  state,
  attempts: from === undefined ? 0 : attempts,
  ...(from === undefined ? {} : { startedAt: start + from }),
  ...(from === undefined || took === undefined ? {} : { settledAt: start + from + took }),
  ...(error === undefined ? {} : { error }),
  ...(compensation === undefined ? {} : { compensation }),
});

const undo = (
  worker: string,
  state: CompensationStateName,
  after: readonly string[] = [],
  { from, took }: Told = {},
): CompensationPicture => ({
  worker,
  state,
  attempts: from === undefined ? 0 : 1,
  ...(from === undefined ? {} : { startedAt: start + from }),
  ...(from === undefined || took === undefined ? {} : { settledAt: start + from + took }),
  after,
});

const run = (id: string, more: Partial<RunPicture> & Pick<RunPicture, "status" | "phase" | "steps">): RunPicture => ({
  id,
  startedAt: start,
  undoing: [],
  staying: [],
  incidents: [],
  residue: [],
  undeclared: [],
  waits: [],
  ...more,
});

const sellers = 120;
const failing = 57;

/** Two of them are paid out at a time and one has failed. */
function sellerSteps(at: number): readonly StepPicture[] {
  const from = 500 + at * 40;
  if (at > 100) return [step(`block_balance[${at}]`, "pending"), step(`transfer[${at}]`, "pending")];
  const blocked = step(`block_balance[${at}]`, "succeeded", {
    from,
    took: 30,
    compensation: undo("free_balance", "armed"),
  });
  if (at === failing) {
    const error = { code: "iban_unknown", title: "there is no such account" };
    return [blocked, step(`transfer[${at}]`, "retry_wait", { from: from + 30, attempts: 2, error })];
  }
  const state = at > 98 ? "dispatched" : "succeeded";
  const more = state === "succeeded" ? { took: 300, compensation: undo("recall_transfer", "armed") } : {};
  return [blocked, step(`transfer[${at}]`, state, { from: from + 30, ...more })];
}

export const blockRuns: Readonly<Record<string, readonly GalleryRun[]>> = {
  "travel-booking": [
    {
      label: "compensating",
      says: "no room in the hotel: flight and car go back side by side",
      picture: run("trip-5", {
        status: "compensating",
        phase: "backward",
        cause: "step_failed",
        turnedBy: "book_hotel",
        steps: [
          step("quote_trip", "succeeded", { from: 0, took: 700 }),
          step("book_car", "succeeded", {
            from: 700,
            took: 400,
            compensation: undo("cancel_car", "dispatched", [], { from: 3400 }),
          }),
          step("book_flight", "succeeded", {
            from: 700,
            took: 2600,
            compensation: undo("cancel_flight", "compensated", [], { from: 3400, took: 800 }),
          }),
          step("book_hotel", "failed", {
            from: 700,
            took: 1900,
            error: { code: "no_room", title: "the hotel is full" },
          }),
          step("charge_traveller", "not_run"),
          step("issue_tickets", "not_run"),
          step("send_itinerary", "not_run"),
        ],
        undoing: [{ key: "book_car", worker: "cancel_car", certainty: "done", after: [] }],
        waits: [
          {
            what: "for the worker cancel_car to undo book_car",
            since: start + 3400,
            until: undefined,
            who: "worker",
            verbs: [],
          },
        ],
      }),
    },
  ],
  payouts: [
    {
      label: "running",
      says: "a hundred and twenty sellers: the first, the last, and the ones that need a look",
      picture: run("payout-2026-10", {
        status: "running",
        phase: "forward",
        steps: [
          step("close_period", "succeeded", { from: 0, took: 450, compensation: undo("reopen_period", "armed") }),
          ...Array.from({ length: sellers }, (_, at) => sellerSteps(at)).flat(),
          step("report_payouts", "pending"),
        ],
        undoing: [
          ...Array.from({ length: 99 }, (_, at) => ({
            key: `transfer[${at}]`,
            worker: "recall_transfer",
            certainty: "done" as const,
            after: [],
          })),
          { key: "close_period", worker: "reopen_period", certainty: "done", after: ["transfer[0]"] },
        ],
        waits: [
          {
            what: "for the worker transfer to do transfer[99]",
            since: start,
            until: undefined,
            who: "worker",
            verbs: [],
          },
        ],
      }),
    },
  ],
  "subscription-renewal": [
    {
      label: "waiting",
      says: "the card was declined twice; the third attempt comes in three days",
      picture: run("renewal-31", {
        status: "waiting",
        phase: "forward",
        steps: [
          step("prepare_invoice", "succeeded", {
            from: 0,
            took: 90,
            compensation: undo("void_invoice", "armed", ["charge_card#1"]),
          }),
          step("charge_card#1", "succeeded", {
            from: 90,
            took: 1200,
            compensation: undo("refund_card", "armed", ["charge_card#2"]),
          }),
          step("between_attempts#1", "succeeded", { from: 1290, took: 259_200_000 }),
          step("charge_card#2", "succeeded", {
            from: 259_201_290,
            took: 900,
            compensation: undo("refund_card", "armed"),
          }),
          step("between_attempts#2", "dispatched", { from: 259_202_190 }),
        ],
        waits: [{ what: "for between_attempts to be over", since: start, until: undefined, who: "time", verbs: [] }],
      }),
    },
  ],
};
