/** The worry: the document says one thing, and the engine, which moves states along these tables, does another. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sequenceOf } from "../testing/scripted-run.ts";
import { causes } from "./event.ts";
import { emptyRun } from "./evolve.ts";
import type { Run } from "./run.ts";
import { statusOf } from "./status.ts";
import {
  compensationExits,
  compensationStateNames,
  compensationTable,
  finalStatuses,
  incidentTable,
  phaseExits,
  phases,
  phaseTable,
  settledCompensationStates,
  settledStepStates,
  stepExits,
  stepStateNames,
  stepTable,
  statuses,
  statusTable,
  type StateRow,
  type Status,
} from "./tables.ts";

const semantics = readFileSync(new URL("../../docs/semantics.md", import.meta.url), "utf8");

/** As the document writes tables: an empty cell is one space. */
function drawTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows.map(
    (cells) => `|${cells.map((cell) => ` ${cell} `.replace("  ", " ")).join("|")}|`,
  );
  const rule = `|${(rows[0] ?? []).map(() => " --- ").join("|")}|`;
  return [head, rule, ...body].join("\n");
}

const drawStates = ({ states }: StateRow<string>): string =>
  states.map(([state, note]) => `\`${state}\`${note === undefined ? "" : ` (${note})`}`).join(", ");

const drawings: Record<string, string> = {
  phases: drawTable([
    ["phase", "what happens", "next"],
    ...phaseTable.map(({ phase, what, next }) => [phase, what, next]),
  ]),
  statuses: drawTable([
    ["status", "final", "when"],
    ...statusTable.map(({ status, final, when }) => [`\`${status}\``, final ? "yes" : "", when]),
  ]),
  incidents: drawTable([
    ["incident", "opens", "verbs"],
    ...incidentTable.map(({ incident, opens, verbs }) => [`\`${incident}\``, opens, verbs]),
  ]),
  "states of a step": drawTable([
    ["step state", "leaves to"],
    ...stepTable.map((row) => [`${drawStates(row)}${row.settled ? " (settled)" : ""}`, row.leavesTo]),
  ]),
  "states of a compensation": drawTable([
    ["state", "enters when", "leaves to"],
    ...compensationTable.map((row) => [drawStates(row), row.entersWhen ?? "", row.leavesTo]),
  ]),
};

describe("the tables stand in the document as they are drawn here", () => {
  test.each(Object.entries(drawings))("%s", (_, drawing) => {
    // The whole table and no more: no row before the head, none after the last.
    const lines = semantics.split("\n");
    const [head = "", ...rest] = drawing.split("\n");
    const from = lines.indexOf(head);
    expect(from).toBeGreaterThan(0);
    const length = lines.slice(from).findIndex((line) => !line.startsWith("|"));
    expect(lines.slice(from, from + length).join("\n")).toBe([head, ...rest].join("\n"));
  });

  test("and so do the causes, in their order", () => {
    expect(semantics).toContain(`the first of: ${causes.map((cause) => `\`${cause}\``).join(", ")} |`);
  });
});

describe("every name has its row", () => {
  const statesOf = (table: readonly StateRow<string>[]) =>
    table.flatMap(({ states }) => states.map(([state]) => state));

  test("states of a step and of a compensation, once", () => {
    expect(statesOf(stepTable).sort()).toEqual([...stepStateNames].sort());
    expect(statesOf(compensationTable).sort()).toEqual([...compensationStateNames].sort());
  });

  test("statuses, in their order", () => {
    expect(statusTable.map(({ status }) => status)).toEqual(statuses);
    expect([...finalStatuses]).toEqual(["completed", "compensated", "failed"]);
  });

  test("phases, in their order", () => {
    const named = phases.filter((phase) => phaseTable.some((row) => row.phase.startsWith(phase)));
    expect(named).toEqual([...phases]);
    expect([...phaseExits.keys()]).toEqual([...phases]);
  });
});

describe("which state may follow which, read out of the words", () => {
  const inWords = (exits: ReadonlyMap<string, ReadonlySet<string>>) =>
    Object.fromEntries(Array.from(exits, ([from, to]) => [from, [...to].sort().join(" ")]));

  test("of a step", () => {
    expect(inWords(stepExits)).toEqual({
      pending: "not_run ready skipped succeeded waiting",
      waiting: "failed not_run succeeded",
      ready: "dispatched failed not_run",
      dispatched: "failed in_doubt inquiring retry_wait succeeded",
      retry_wait: "dispatched failed in_doubt inquiring succeeded",
      inquiring: "failed in_doubt succeeded",
      failed: "dispatched skipped succeeded",
      in_doubt: "dispatched failed skipped succeeded",
      succeeded: "",
      skipped: "succeeded",
      not_run: "pending",
    });
    expect([...settledStepStates].sort()).toEqual(["failed", "in_doubt", "not_run", "skipped", "succeeded"]);
  });

  test("of a compensation", () => {
    expect(inWords(compensationExits)).toEqual({
      armed: "discarded queued skipped",
      queued: "blocked dispatched skipped unneeded",
      dispatched: "blocked compensated retry_wait skipped unneeded",
      retry_wait: "compensated dispatched skipped unneeded",
      blocked: "compensated dispatched resolved skipped unneeded",
      compensated: "dispatched",
      unneeded: "armed",
      discarded: "armed",
      resolved: "armed",
      skipped: "armed",
    });
    const settled = [...settledCompensationStates].sort();
    expect(settled).toEqual(["compensated", "discarded", "resolved", "skipped", "unneeded"]);
  });
});

describe("the status is the first row that is true", () => {
  /** What makes each row true, where it can be built yet; later ones leave standing what earlier ones set. */
  const makesTrue: readonly (readonly [Status, (run: Run) => void])[] = [
    ["completed", (run) => Object.assign(run, { phase: "ended", cause: undefined })],
    ["compensated", (run) => Object.assign(run, { phase: "ended", cause: "cancelled", residue: [] })],
    [
      "failed",
      (run) => Object.assign(run, { phase: "ended", cause: "cancelled", residue: [{ step: "a", certainty: "done" }] }),
    ],
    ["blocked", (run) => Object.assign(run, { incidents: [incidentOf("compensation")] })],
    ["cancelling", (run) => Object.assign(run, { phase: "draining" })],
    ["compensating", (run) => Object.assign(run, { phase: "backward" })],
    ["pending", (run) => run.steps.forEach((step) => step && (step.state = "pending"))],
    [
      "waiting",
      (run) => {
        run.steps.forEach((step) => step && (step.state = "waiting"));
        run.waits = [{ step: "a", side: "execute", of: "wait" }];
      },
    ],
    [
      "running",
      (run) => run.steps.forEach((step, place) => step && (step.state = place === 0 ? "dispatched" : "pending")),
    ],
  ];
  const incidentOf = (kind: "compensation" | "overdue") => ({
    number: 1,
    kind,
    step: "a",
    side: "compensate" as const,
    openedAt: 0,
    error: undefined,
  });

  test("the rows that can be true yet stand here in the table's order", () => {
    const notYet: readonly Status[] = ["suspended"];
    expect(makesTrue.map(([status]) => status)).toEqual(statuses.filter((status) => !notYet.includes(status)));
  });

  test.each(
    makesTrue.flatMap(([first, make], place) =>
      makesTrue.slice(place).map((later) => [first, later[0], make, later[1]] as const),
    ),
  )("%s, also where %s would be true", (first, _, makeFirst, makeLater) => {
    const run = emptyRun(sequenceOf("a", "b"));
    makeLater(run);
    makeFirst(run);
    expect(statusOf(run)).toBe(first);
  });

  test("an overdue run is not blocked", () => {
    const run = emptyRun(sequenceOf("a"));
    run.phase = "backward";
    run.incidents = [incidentOf("overdue")];
    expect(statusOf(run)).toBe("compensating");
  });
});
