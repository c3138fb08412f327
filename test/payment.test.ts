/**
 * The worry: the charge went through, and its answer comes late or never. The real engine on a file, and workers whose
 * effects are rows of their own database: whatever the run says in the end, the till says the same.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Clew, EffectLedger, parseWorkflow, succeeded, type WorkContext, worker, WorkFailed } from "../src/clew.ts";

let folder: string;
let till: DatabaseSync;
let clew: Clew | undefined;
let charge: Parameters<typeof worker>[1];
let refund: Parameters<typeof worker>[1];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clew-payment-"));
  till = new DatabaseSync(join(folder, "till.db"));
  till.exec("CREATE TABLE moves (key TEXT, amount INTEGER)");
  const ledger = new EffectLedger(till);
  const move = (key: string, amount: number) => till.prepare("INSERT INTO moves VALUES (?, ?)").run(key, amount);
  charge = ledger.effect((_input, { key }) => {
    move(key, 100);
    return succeeded({ charged: 100 }, { key });
  });
  refund = ledger.undo((_input, { undoes = "" }) => void move(undoes, -100));
});
afterEach(async () => {
  await clew?.close();
  clew = undefined;
  till.close();
  rmSync(folder, { recursive: true, force: true });
});

const balance = () => Number(till.prepare("SELECT coalesce(sum(amount), 0) AS sum FROM moves").get()?.["sum"]);
const charges = () => Number(till.prepare("SELECT count(*) AS n FROM moves WHERE amount > 0").get()?.["n"]);
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const never = new Promise<never>(() => {});

async function pay(inquire: boolean, handler: (context: WorkContext, input: never) => unknown) {
  const step = {
    ...{ step: "charge", timeout: "100ms", retry: { attempts: 1 }, compensation: "refund" },
    ...(inquire ? { inquire: true } : {}),
  };
  const workflow = parseWorkflow({ object: { workflow: "payment", version: 1, steps: [step] } });
  clew = await Clew.open({
    journal: join(folder, "journal.db"),
    workers: [
      worker("charge", (input, context) =>
        context.action === "execute" ? handler(context, input as never) : charge(input as never, context),
      ),
      worker("refund", refund),
    ],
  });
  const { id } = await clew.start(workflow, {});
  return { id, view: await clew.result(id) };
}

describe.each([
  ["without inquire", false],
  ["with inquire", true],
])("%s", (_name, inquire) => {
  const endsWell = inquire ? "completed" : "compensated";

  test("it went through, and its answer never comes", async () => {
    const { view } = await pay(inquire, async (context, input) => {
      await charge(input, context);
      return never;
    });
    expect([view.status, charges(), balance()]).toEqual([endsWell, 1, inquire ? 100 : 0]);
  });

  test("it went through, and its answer comes when everything is over", async () => {
    const { id, view } = await pay(inquire, async (context, input) => {
      const answer = await charge(input, context);
      await after(600);
      return answer;
    });
    expect(view.status).toBe(endsWell);
    await after(800);
    expect([(await clew?.show(id))?.status, charges(), balance()]).toEqual([endsWell, 1, inquire ? 100 : 0]);
  });

  test("it would go through after its undo, or after its worker has said that it was not done: it is refused", async () => {
    const { id, view } = await pay(inquire, async (context, input) => {
      await after(600);
      return charge(input, context);
    });
    expect(view.status).toBe("compensated");
    await after(800);
    expect([(await clew?.show(id))?.status, charges(), balance()]).toEqual(["compensated", 0, 0]);
  });

  test("nobody knows, not even its worker: it is undone all the same", async () => {
    const { view } = await pay(inquire, async (context, input) => {
      await charge(input, context);
      throw new WorkFailed({ code: "unclear", title: "the line broke", retryable: false });
    });
    expect([view.status, charges(), balance()]).toEqual([endsWell, 1, inquire ? 100 : 0]);
  });
});
