/** The worry: the workflow in TypeScript is another one than that in YAML, or wants other workers. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Clew, type Json, parseWorkflow } from "clew";
import { generateOrders } from "./generate-orders.ts";
import typed from "./order-processing.ts";
import { shopWorkers } from "./shop-workers.ts";
import { openShop, type Shop } from "./shop.ts";

const file = "order-processing.yaml";
const written = parseWorkflow({ text: readFileSync(new URL(file, import.meta.url), "utf8"), file });
const plain = generateOrders().orders.filter(
  (order) => !order.hiccups && !order.slow && order.address.country !== "AQ",
);
const good = plain.filter(({ card }) => !card.startsWith("tok_declined")) as unknown as readonly Json[];
const declined = plain.filter(({ card }) => card.startsWith("tok_declined")) as unknown as readonly Json[];

let folder: string;
let shop: Shop;
let clew: Clew;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "order-processing-"));
  shop = openShop(join(folder, "shop.db"));
  clew = await Clew.open({ journal: join(folder, "journal.db"), workers: shopWorkers(shop), socket: false });
});
afterEach(async () => {
  await clew.close();
  shop.connection.close();
  rmSync(folder, { recursive: true });
});

test("both are one definition, with one hash", () => {
  expect(typed.definition).toEqual(written.definition);
  expect(typed.hash).toBe(written.hash);
});

test("both run with the same workers, to the same ends", async () => {
  for (const [at, workflow] of [written, typed].entries()) {
    const done = await clew.start(workflow, good[at] ?? null);
    const undone = await clew.start(workflow, declined[at] ?? null);
    expect((await clew.result(done)).status).toBe("completed");
    expect((await clew.result(undone)).steps.map(({ state }) => state)).toEqual([
      ...["succeeded", "succeeded", "failed", "not_run", "not_run", "not_run"],
    ]);
    expect((await clew.result(undone)).status).toBe("compensated");
  }
});

test("the contracts hold for what the workers really say, and what they mark is not shown", async () => {
  const order = good[2] as { readonly customer: { readonly email: string }; readonly card: string };
  const run = await clew.start(typed, order);
  const result = await clew.result(run);
  expect(result.status).toBe("completed");
  expect(JSON.stringify(result)).toContain(order.card);
  const shown = JSON.stringify(await clew.show(run.id));
  expect(shown).not.toContain(order.card);
  expect(shown).not.toContain(order.customer.email);
});
