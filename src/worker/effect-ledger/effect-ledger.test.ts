/**
 * The worry: an effect without its row, a row without its effect, or a `none` that some later delivery proves wrong.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../../base/json.ts";
import { type Answer, succeeded, WorkFailed, type WorkContext, type Handler } from "../worker.ts";
import { EffectLedger } from "./effect-ledger.ts";

let database: DatabaseSync;
let ledger: EffectLedger;

beforeEach(() => {
  database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE world (note TEXT)");
  ledger = new EffectLedger(database);
});
afterEach(() => database.close());

const write = (note: string) => database.prepare("INSERT INTO world VALUES (?)").run(note);
const world = () =>
  database
    .prepare("SELECT note FROM world ORDER BY rowid")
    .all()
    .map((row) => row["note"]);
const rows = () =>
  ["clew_effect", "clew_refusal"].map((table) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);

/** Of a command on the forward key `k`; an undo's own key is `k!undo`. */
function contextOf(action: WorkContext["action"], attempt = 1, key = "k"): WorkContext {
  const isForward = action === "execute";
  return {
    ...{ action, attempt, key: action === "compensate" ? `${key}!undo` : key, undoes: isForward ? undefined : key },
    ...{ runId: "run", runUid: "uid", step: "step", delivery: 1, again: false, deadline: 0, undo: undefined },
    ...{ signal: new AbortController().signal, forward: undefined, progress: () => {} },
  };
}

type Reply = Answer["content"] | { readonly outcome: "failed"; readonly [field: string]: unknown } | undefined;

const ask = (handler: Handler, context: WorkContext): Reply => replyOf(() => handler("input", context) as Answer);
const recall = (handler: Handler, context: WorkContext): Reply => replyOf(() => handler.recall?.(context));

function replyOf(call: () => Answer | undefined): Reply {
  try {
    return call()?.content;
  } catch (error) {
    if (!(error instanceof WorkFailed)) throw error;
    const { effect, scope, retryable, fenced, problem } = error;
    return { outcome: "failed", effect, scope, retryable, fenced, code: problem.code };
  }
}

const keyClosed = (code = "key_closed") =>
  ({ outcome: "failed", effect: "none", scope: "key", retryable: false, fenced: true, code }) as const;
const refused = (code: string) =>
  ({ outcome: "failed", effect: "none", scope: "attempt", retryable: true, fenced: true, code }) as const;

describe("the duty table", () => {
  const reserve = () =>
    ledger.effect((input) => {
      write(`did ${String(input)}`);
      return succeeded({ held: 3 }, { shelf: "A" });
    });
  const release = () =>
    ledger.undo((_input, _context, { output, undo }) => write(`undid ${JSON.stringify([output, undo])}`));

  test("done: the stored result again, without work", () => {
    const answers = [1, 1, 2].map((attempt) => ask(reserve(), contextOf("execute", attempt)));
    const answer = { outcome: "succeeded", output: { held: 3 }, undo: { shelf: "A" } };
    expect(answers).toEqual([answer, answer, answer]);
    expect(world()).toEqual(["did input"]);
    expect(ask(reserve(), contextOf("inquire"))).toEqual({ ...answer, outcome: "done" });
  });

  test("done, then undone once with the stored output and undo; then closed for ever", () => {
    ask(reserve(), contextOf("execute"));
    const undone = [1, 1, 2].map((attempt) => ask(release(), contextOf("compensate", attempt)));
    expect(undone).toEqual(Array.from({ length: 3 }, () => ({ outcome: "compensated", found: true })));
    expect(world()).toEqual(["did input", 'undid [{"held":3},{"shelf":"A"}]']);
    expect(ask(reserve(), contextOf("execute"))).toEqual(keyClosed());
    expect(ask(reserve(), contextOf("inquire"))).toEqual({ outcome: "not_done" });
  });

  test.each(["compensate", "inquire"] as const)(
    "%s before the effect fences it: no later delivery does it",
    (first) => {
      const fence = () => ask(first === "inquire" ? reserve() : release(), contextOf(first));
      const expected = first === "inquire" ? { outcome: "not_done" } : { outcome: "compensated", found: false };
      expect([fence(), fence()]).toEqual([expected, expected]);
      expect(ask(reserve(), contextOf("execute"))).toEqual(keyClosed());
      expect(ask(release(), contextOf("compensate"))).toEqual({ outcome: "compensated", found: false });
      expect(ask(reserve(), contextOf("inquire"))).toEqual({ outcome: "not_done" });
      expect(world()).toEqual([]);
    },
  );

  test("a refused attempt stays refused for each of its deliveries, while the next attempt may do it", () => {
    let stock = 0;
    const reserveSome = ledger.effect(() => {
      write("half an effect");
      if (stock === 0) throw new WorkFailed({ code: "out_of_stock", title: "none left", effect: "none" });
      return null;
    });
    expect(ask(reserveSome, contextOf("execute"))).toEqual(refused("out_of_stock"));
    expect(world()).toEqual([]);
    stock = 1;
    expect(ask(reserveSome, contextOf("execute"))).toEqual(refused("out_of_stock"));
    expect(ask(reserveSome, contextOf("execute", 2))).toEqual({ outcome: "succeeded", output: null });
    expect(world()).toEqual(["half an effect"]);
  });

  test("a refusal for the key closes it for all attempts, in the worker's words; undoing it finds nothing", () => {
    const charge = ledger.effect(() => {
      write("half an effect");
      throw new WorkFailed({ code: "card_declined", title: "no", scope: "key" });
    });
    const answers = [1, 1, 2].map((attempt) => ask(charge, contextOf("execute", attempt)));
    expect(answers).toEqual(Array.from({ length: 3 }, () => keyClosed("card_declined")));
    expect(ask(release(), contextOf("compensate"))).toEqual({ outcome: "compensated", found: false });
    expect([world(), rows()]).toEqual([[], [1, 0]]);
  });

  test("any other throw rolls everything back and claims nothing", () => {
    const failing = ledger.effect((_input, { attempt }) => {
      write("half an effect");
      throw attempt === 1 ? new WorkFailed({ title: "who knows" }) : new Error("broken");
    });
    expect(ask(failing, contextOf("execute"))).toMatchObject({ effect: "possible", retryable: true, fenced: false });
    expect(() => ask(failing, contextOf("execute", 2))).toThrow("broken");
    expect([world(), rows()]).toEqual([[], [0, 0]]);
  });

  test("an undo that throws leaves the effect as it was, to be undone later", () => {
    ask(reserve(), contextOf("execute"));
    const failing = ledger.undo(() => {
      write("half an undo");
      throw new Error("broken");
    });
    expect(() => ask(failing, contextOf("compensate"))).toThrow("broken");
    expect(ask(reserve(), contextOf("inquire"))).toMatchObject({ outcome: "done" });
    expect(ask(release(), contextOf("compensate"))).toEqual({ outcome: "compensated", found: true });
    expect(world()).toHaveLength(2);
  });
});

describe("what the ledger refuses", () => {
  test("an output that is not JSON is not done, and so is neither stored nor half done", () => {
    const odd = ledger.effect(() => {
      write("half an effect");
      return { total: Number.NaN };
    });
    expect(ask(odd, contextOf("execute"))).toMatchObject({
      code: "output_invalid",
      effect: "possible",
      retryable: false,
    });
    expect([world(), rows()]).toEqual([[], [0, 0]]);
  });

  test("work that waits is told why it may not, and its own failure ends nobody", async () => {
    const waits = ledger.effect(async () => {
      write("written before the first wait");
      await Promise.resolve();
      throw new Error("nobody hears this");
    });
    expect(ask(waits, contextOf("execute"))).toMatchObject({ code: "work_asynchronous", effect: "possible" });
    ask(
      ledger.effect(() => null),
      contextOf("execute"),
    );
    const undo = ledger.undo((): unknown => Promise.resolve());
    expect(ask(undo, contextOf("compensate"))).toMatchObject({ code: "work_asynchronous" });
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    expect([world(), rows()]).toEqual([[], [1, 0]]);
  });

  test("a connection that is in a transaction already, and an effect inside an effect", () => {
    const reserve = ledger.effect(() => null);
    database.exec("BEGIN");
    expect(() => ask(reserve, contextOf("execute"))).toThrow(/in a transaction already/);
    expect(database.isTransaction).toBe(true);
    database.exec("ROLLBACK");
    const nested = ledger.effect((input, context) => reserve(input, { ...context, key: "inner" }));
    expect(() => ask(nested, contextOf("execute"))).toThrow(/in a transaction already/);
    expect([database.isTransaction, rows()]).toEqual([false, [0, 0]]);
  });

  test.each(["COMMIT", "ROLLBACK", "COMMIT; BEGIN"])("work that says %s itself claims nothing", (sql) => {
    const ends = ledger.effect(() => database.exec(sql));
    expect(() => ask(ends, contextOf("execute"))).toThrow(/ended from inside the work/);
    const endsAndRefuses = ledger.effect(() => {
      write("stands");
      database.exec(sql);
      throw new WorkFailed({ title: "no effect, it says", effect: "none" });
    });
    expect(() => ask(endsAndRefuses, contextOf("execute"))).toThrow(/ended from inside the work/);
    expect([database.isTransaction, rows()]).toEqual([false, [0, 0]]);
  });

  test("a commit that fails claims nothing and leaves nothing", () => {
    database.exec(`
      PRAGMA foreign_keys = ON;
      CREATE TABLE parent (id INTEGER PRIMARY KEY);
      CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)`);
    const orphan = ledger.effect(() => {
      database.exec("INSERT INTO child VALUES (1)");
      throw new WorkFailed({ title: "refused", effect: "none" });
    });
    expect(ask(orphan, contextOf("execute"))).toMatchObject({ effect: "none", fenced: true });
    const orphaned = ledger.effect(() => void database.exec("INSERT INTO child VALUES (1)"));
    expect(() => ask(orphaned, contextOf("execute", 2))).toThrow(/FOREIGN KEY/);
    expect([database.isTransaction, rows()]).toEqual([false, [0, 1]]);
  });

  test("an action that the handler is not for", () => {
    const expected = { code: "action_unsupported", effect: "none", fenced: false, retryable: false };
    expect(
      ask(
        ledger.effect(() => null),
        contextOf("compensate"),
      ),
    ).toMatchObject(expected);
    expect(
      ask(
        ledger.undo(() => {}),
        contextOf("execute"),
      ),
    ).toMatchObject(expected);
    expect(rows()).toEqual([0, 0]);
  });
});

test("what is done stays known to a new ledger over the same database", () => {
  ask(
    ledger.effect(() => ({ held: 1 })),
    contextOf("execute"),
  );
  const later = new EffectLedger(database).effect(() => {
    throw new Error("not called");
  });
  expect(ask(later, contextOf("execute", 2))).toEqual({ outcome: "succeeded", output: { held: 1 } });
});

test("of two deliveries at once over two connections only one begins the work", () => {
  const folder = mkdtempSync(join(tmpdir(), "clew-ledger-"));
  const [one, two] = [1, 2].map(() => new DatabaseSync(join(folder, "worker.db"))) as [DatabaseSync, DatabaseSync];
  try {
    let begun = 0;
    const other = new EffectLedger(two).effect(() => ++begun);
    const first = new EffectLedger(one).effect(() => {
      expect(() => ask(other, contextOf("execute"))).toThrow(/locked/);
      return ++begun;
    });
    expect(ask(first, contextOf("execute"))).toEqual({ outcome: "succeeded", output: 1 });
    expect(ask(other, contextOf("execute"))).toEqual({ outcome: "succeeded", output: 1 });
    expect(begun).toBe(1);
  } finally {
    one.close();
    two.close();
    rmSync(folder, { recursive: true });
  }
});

type Behaviour = "works" | "refuses the attempt" | "refuses the key" | "crashes";

interface Act {
  readonly action: WorkContext["action"];
  readonly key: string;
  readonly attempt: number;
  readonly behaviour: Behaviour;
}

const arbitraryAct: fc.Arbitrary<Act> = fc.record({
  action: fc.constantFrom("execute", "execute", "compensate", "inquire"),
  key: fc.constantFrom("k", "l"),
  attempt: fc.integer({ min: 1, max: 3 }),
  behaviour: fc.constantFrom("works", "works", "refuses the attempt", "refuses the key", "crashes"),
});

test("any sequence of commands is answered, remembered and done as the table says", () => {
  fc.assert(
    fc.property(fc.array(arbitraryAct, { maxLength: 25 }), (acts) => {
      database.close();
      database = new DatabaseSync(":memory:");
      database.exec("CREATE TABLE world (note TEXT)");
      ledger = new EffectLedger(database);
      const models = new Map(["k", "l"].map((key) => [key, new Model(key)]));
      acts.forEach((act, number) => {
        const model = models.get(act.key) as Model;
        const context = contextOf(act.action, act.attempt, act.key);
        const handler = act.action === "compensate" ? undoing(act) : doing(act, number);
        const before = [world(), rows()];
        expect(recall(handler, context)).toEqual(model.recall(act));
        expect([world(), rows()]).toEqual(before);
        expect(crashOr(() => ask(handler, context))).toEqual(model.answer(act, number));
        expect(world().filter((note) => String(note).endsWith(act.key))).toEqual(model.world);
      });
    }),
    { numRuns: 300 },
  );
});

const crashOr = (call: () => Reply): Reply | "crashed" => {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && error.message === "crashes") return "crashed";
    throw error;
  }
};

function behave(behaviour: Behaviour): void {
  if (behaviour === "crashes") throw new Error("crashes");
  if (behaviour !== "works") {
    const scope = behaviour === "refuses the key" ? "key" : "attempt";
    throw new WorkFailed({ code: "refused", title: "refused", effect: "none", scope });
  }
}

const doing = ({ key, behaviour }: Act, number: number) =>
  ledger.effect(() => {
    write(`did ${key}`);
    behave(behaviour);
    return succeeded({ number }, { number });
  });

/** Whatever the undo is told: with the number that the effect gave, so that another's would be seen. */
const undoing = ({ key, behaviour }: Act) =>
  ledger.undo((_input, _context, effect) => {
    write(`undid ${JSON.stringify(effect)} ${key}`);
    behave(behaviour === "works" ? "works" : "crashes");
  });

/** The table of events.md, 5 once more, as plainly as it can be said. */
class Model {
  readonly world: string[] = [];
  private readonly key: string;
  private found: "unknown" | "done" | "undone" | "tombstone" = "unknown";
  private closedBy = "key_closed";
  private output: Json = null;
  private readonly refused = new Set<number>();

  constructor(key: string) {
    this.key = key;
  }

  recall({ action, attempt }: Act): Reply {
    if (this.found === "unknown") {
      return action === "execute" && this.refused.has(attempt) ? refused("refused") : undefined;
    }
    if (this.found === "done") {
      return action === "compensate" ? undefined : this.done(action === "execute" ? "succeeded" : "done");
    }
    if (action === "execute") return keyClosed(this.closedBy);
    if (action === "inquire") return { outcome: "not_done" };
    return { outcome: "compensated", found: this.found === "undone" };
  }

  answer(act: Act, number: number): Reply | "crashed" {
    const known = this.recall(act);
    if (known) return known;
    if (act.action === "execute") return this.execute(act, number);
    if (this.found === "done") {
      if (act.behaviour !== "works") return "crashed";
      this.world.push(`undid ${JSON.stringify({ output: this.output, undo: this.output })} ${this.key}`);
      this.found = "undone";
      return { outcome: "compensated", found: true };
    }
    this.found = "tombstone";
    return act.action === "inquire" ? { outcome: "not_done" } : { outcome: "compensated", found: false };
  }

  private execute({ attempt, behaviour }: Act, number: number): Reply | "crashed" {
    switch (behaviour) {
      case "crashes":
        return "crashed";
      case "refuses the attempt":
        this.refused.add(attempt);
        return refused("refused");
      case "refuses the key":
        this.found = "tombstone";
        this.closedBy = "refused";
        return keyClosed("refused");
      case "works":
        this.found = "done";
        this.output = { number };
        this.world.push(`did ${this.key}`);
        return this.done("succeeded");
    }
  }

  private done(outcome: "succeeded" | "done"): Reply {
    return { outcome, output: this.output, undo: this.output };
  }
}
