/**
 * Random operations for comparing journals: what happens in a journal's life, as data, so that a seed repeats it.
 * A script holds each kind a fixed number of times, in random order, so that none is ever left out.
 */
import fc from "fast-check";
import { assert } from "../base/errors.ts";
import { incidentKinds, causes } from "../saga/event.ts";
import { type Journal, type Recorded, type Recording, type RowChange, type RunRow } from "../journal/journal.ts";
import { attentionReasons } from "../saga/attributes.ts";
import { filterWords } from "./arbitrary-filter.ts";
import { completedAt, parkedForGood, parkedUntil, running, start, transition } from "./journal-samples.ts";

/** How often each kind occurs in a script. */
const quota = {
  start: 10,
  duplicateStart: 6,
  transition: 10,
  stale: 6,
  otherUid: 6,
  park: 10,
  wake: 6,
  end: 6,
  lateRecord: 6,
  batch: 10,
  list: 6,
  due: 6,
  expire: 10,
  transitions: 6,
  definitions: 6,
  secondOwner: 6,
  reopen: 6,
  crash: 6,
} as const;

export type OperationKind = keyof typeof quota;
export const operationKinds = Object.keys(quota) as readonly OperationKind[];

/** Random numbers that decide what an operation is about. */
export type Picks = readonly [number, number, number];

export interface Operation {
  readonly kind: OperationKind;
  readonly picks: Picks;
}

const allKinds = operationKinds.flatMap((kind) => Array.from({ length: quota[kind] }, () => kind));

export const scripts: fc.Arbitrary<readonly Operation[]> = fc
  .tuple(
    fc.shuffledSubarray(allKinds, { minLength: allKinds.length }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: allKinds.length, maxLength: allKinds.length }),
  )
  .map(([kinds, picks]) => kinds.map((kind, place) => ({ kind, picks: picks[place] ?? [0, 0, 0] })));

export interface Standing {
  readonly row: RunRow;
  readonly version: number;
}

/** Where every run stands, in the order of the start. */
export async function standingsOf(journal: Journal): Promise<readonly Standing[]> {
  const { items } = await journal.list({}, { limit: 1000 });
  return Promise.all(items.map(async (row) => ({ row, version: (await journal.load(row.id))?.version ?? 0 })));
}

/** What a commit tries, and what must become of its last recording. */
export interface Attempt {
  readonly batch: readonly Recording[];
  readonly expected: Recorded;
}

type CommitKind = Exclude<
  OperationKind,
  "list" | "due" | "expire" | "transitions" | "definitions" | "secondOwner" | "reopen" | "crash" | "batch"
>;

const commitKinds: readonly CommitKind[] = [
  "start",
  "duplicateStart",
  "transition",
  "stale",
  "otherUid",
  "park",
  "wake",
  "end",
  "lateRecord",
];

export const isCommitKind = (kind: OperationKind): kind is CommitKind =>
  (commitKinds as readonly OperationKind[]).includes(kind);

/** Makes attempts against runs that stand as given; where no run fits, it starts one in the same batch. */
export class AttemptMaker {
  private made = 0;

  make(kind: CommitKind, [which, value, more]: Picks, standings: readonly Standing[]): Attempt {
    const recorded = (batch: readonly Recording[]): Attempt => ({ batch, expected: "recorded" });
    const any = () => this.pickOrStart(standings, which, running);
    switch (kind) {
      case "start":
        return recorded([
          this.start(value, detailed([running, parkedUntil(more % 1000), parkedForGood][more % 3] ?? running, which)),
        ]);
      case "duplicateStart": {
        const { before, row } = any();
        return {
          batch: [...before, start(row.id, { uid: this.next("uid"), ...kindOfRun(value) })],
          expected: "exists",
        };
      }
      case "stale": {
        const { before, row, version } = any();
        const wrong = [version + 1, version + 7, Math.max(version - 1, 1)].find((other) => other !== version);
        const given = { uid: row.uid, row: completedAt(more) };
        return { batch: [...before, transition(row.id, wrong ?? version + 1, given)], expected: "stale" };
      }
      case "otherUid": {
        const { before, row, version } = any();
        return { batch: [...before, transition(row.id, version, { uid: this.next("uid") })], expected: "stale" };
      }
      case "transition":
        return recorded(this.goOn(any(), value, undefined));
      case "park":
        return recorded(
          this.goOn(any(), value, detailed(more % 4 === 0 ? parkedForGood : parkedUntil(more % 1000), which)),
        );
      case "wake": {
        const parked = standings.filter(({ row }) => row.parked);
        return recorded(
          this.goOn(this.pickOrStart(parked, which, parkedUntil(more % 1000)), value, detailed(running, more)),
        );
      }
      case "end": {
        const open = standings.filter(({ row }) => row.phase !== "ended");
        const row = detailed(endings[more % 3] ?? completedAt(5), value);
        const kept = more % 2 === 0 ? { ...row, expiresAt: which % 1000 } : row;
        return recorded(this.goOn(this.pickOrStart(open, which, running), value, kept));
      }
      case "lateRecord": {
        const ended = standings.filter(({ row }) => row.phase === "ended");
        return recorded(this.goOn(this.pickOrStart(ended, which, completedAt(more)), value, undefined));
      }
    }
  }

  /** Several attempts at once; they may well stand in each other's way. */
  batch(picks: Picks, standings: readonly Standing[]): readonly Recording[] {
    const [which, value, more] = picks;
    return Array.from({ length: 2 + (more % 6) }, (_, turn) => {
      const kind = commitKinds[(value + turn * 7) % commitKinds.length];
      assert(kind, "there are kinds of commits");
      return this.make(kind, [which + turn * 3, value + turn, more + turn * 5], standings).batch;
    }).flat();
  }

  marker(): Recording {
    return start(this.next("marker"));
  }

  private start(value: number, row: RowChange): Recording {
    const id = this.next("run");
    return start(id, { at: value % 10_000, row, input: wordOf(value), ...kindOfRun(value) });
  }

  private goOn(on: Picked, value: number, row: RowChange | undefined): readonly Recording[] {
    const given = { uid: on.row.uid, at: value % 10_000, events: 1 + (value % 3), output: wordOf(value) };
    return [...on.before, transition(on.row.id, on.version, row ? { ...given, row } : given)];
  }

  private pickOrStart(from: readonly Standing[], which: number, row: RowChange): Picked {
    const found = from[which % Math.max(from.length, 1)];
    if (found) return { ...found, before: [] };
    const begun = this.start(which, row);
    return { row: begun, version: 1, before: [begun] };
  }

  private next(name: string): string {
    return `${name}-${++this.made}`;
  }
}

interface Picked {
  readonly row: { readonly id: string; readonly uid: string };
  readonly version: number;
  readonly before: readonly Recording[];
}

export const workflows = ["order", "return", "refund"] as const;

const kindOfRun = (value: number) => {
  const workflow = workflows[value % workflows.length] ?? "order";
  const version = 1 + (value % 4);
  return { workflow, version, definition: `${workflow}-${version}-${value % 2}` };
};

const wordOf = (value: number): string =>
  ["", "plain", "Grüße 世界 🧵", "\u0000\u001f\u2028", "\ud800", "'\"\\"][value % 6] ?? "";

const pick = <Value>(values: readonly Value[], at: number): Value | undefined => values[at % values.length];

/** With some of what lists show besides. */
function detailed(row: RowChange, value: number): RowChange {
  const cause = pick([undefined, ...causes], value);
  const error = pick([undefined, "charge: card declined", "Größe \\d?", '"'], value >> 1);
  const incident = pick([undefined, ...incidentKinds], value >> 2);
  const reason = pick([undefined, ...attentionReasons], value >> 3);
  const customer = pick([undefined, ...filterWords.values], value >> 4);
  const region = pick([undefined, "c1"], value >> 5);
  return {
    ...row,
    ...(row.phase === "ended" || incident === undefined ? {} : { status: "blocked" }),
    ...(cause === undefined ? {} : { cause }),
    ...(error === undefined ? {} : { error }),
    ...(incident === undefined ? {} : { incidents: [incident, "overdue"] }),
    ...(reason === undefined ? {} : { attention: [reason] }),
    attributes: { ...(customer === undefined ? {} : { customer }), ...(region === undefined ? {} : { region }) },
  };
}

const endings: readonly RowChange[] = [
  completedAt(5),
  { status: "failed", phase: "ended", parked: false, endedAt: 7 },
  { status: "compensated", phase: "ended", parked: false, endedAt: 9 },
];
