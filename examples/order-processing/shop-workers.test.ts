import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Json, WorkFailed, type WorkContext } from "clew";
import { type OrderSet, generateOrders } from "./generate-orders.ts";
import { proveLedger } from "./ledger-proof.ts";
import type { Order } from "./order.ts";
import { contextOf, Rehearsal } from "./rehearsal.ts";
import { shopWorkers } from "./shop-workers.ts";
import { openShop, type Shop } from "./shop.ts";
import { openTrace } from "./trace.ts";

const { orders }: OrderSet = generateOrders();
const plain = orderLike((order) => !order.hiccups && !order.slow && order.lines.length > 1);

let folder: string;
let file: string;
let shop: Shop;
/** Held-back answers that wait for `pause` to be over. */
let pauses: { readonly ms: number; over(): void }[];
let call: (worker: string, order: unknown, told: Partial<WorkContext>) => Promise<unknown>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "order-processing-"));
  file = join(folder, "books", "shop.db");
  shop = openShop(file);
  pauses = [];
  const pause = (ms: number) => new Promise<void>((over) => pauses.push({ ms, over }));
  const trace = openTrace(join(folder, "trace"));
  const handlers = new Map(shopWorkers(shop, { pause, trace }).map(({ type, handler }) => [type, handler]));
  call = async (worker, order, told) => handlers.get(worker)?.(order as Json, contextOf(told));
});

afterEach(() => {
  shop.connection.close();
  rmSync(folder, { recursive: true });
});

function orderLike(fits: (order: Order) => boolean): Order {
  const found = orders.find((order) => fits(order) && !order.card.startsWith("tok_declined"));
  if (!found) throw new Error("no such order is generated");
  return found;
}

const count = (table: string) => shop.connection.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.["rows"];
const shelf = () => shop.connection.prepare("SELECT * FROM stock ORDER BY sku").all();
const validate = (order: Order, run = "run") => call("validate_order", order, { key: `${run}/validate_order` });
const reserve = (order: Order, run = "run") => call("check_inventory", order, { key: `${run}/check_inventory` });
const charge = (order: Order, attempt = 1, signal = AbortSignal.abort()) =>
  call("process_payment", order, { key: "run/process_payment", attempt, signal });
const release = (order: Order, attempt = 1) =>
  call("release_inventory", order, {
    ...{ action: "compensate", key: "run/check_inventory!undo", undoes: "run/check_inventory", attempt },
  });

/** Whatever can happen without a timer has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** What a refusal says of the effect, and its code. */
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it was not refused"),
    (error: unknown) => {
      if (!(error instanceof WorkFailed)) throw error;
      return `${error.problem.code}: ${error.effect}, ${error.scope}, ${error.retryable ? "retryable" : "final"}`;
    },
  );

test("a new shop has full shelves in a file that only its owner can read, and opens again as it was", () => {
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "books")).mode & 0o777).toBe(0o700);
  shop.connection.exec("UPDATE stock SET on_hand = on_hand - 1 WHERE on_hand > 0");
  const before = shelf();
  const again = openShop(file);
  expect(again.connection.prepare("SELECT * FROM stock ORDER BY sku").all()).toEqual(before);
  expect(again.connection.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
  expect(again.connection.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  expect(again.connection.prepare("PRAGMA foreign_keys").get()).toEqual({ foreign_keys: 1 });
  again.connection.close();
});

test("there are eight workers, each with its room", () => {
  const workers = shopWorkers(shop);
  expect(workers.map(({ type }) => type).sort()).toEqual(
    [
      ...["validate_order", "check_inventory", "release_inventory", "process_payment", "refund_payment"],
      ...["generate_order_confirmation", "fulfill_order", "notify_customer"],
    ].sort(),
  );
  for (const { room } of workers) expect(room).toBeGreaterThanOrEqual(16);
});

test("a line that is sold out closes the key, and gives back what was taken for the lines before it", async () => {
  const order = orderLike(({ lines }) => lines.length > 1 && lines.some(({ sku }) => sku === "pot-yixing-02l"));
  const before = shelf();
  await validate(order);
  expect(await refusal(reserve(order))).toBe("out_of_stock: none, key, final");
  expect(shelf()).toEqual(before);
  expect(count("reservation")).toBe(0);
});

test("a declined card and an address that no carrier reaches close the key", async () => {
  await validate(plain);
  await reserve(plain);
  expect(await refusal(charge({ ...plain, card: "tok_declined_1" }))).toBe("card_declined: none, key, final");
  expect(count("posting")).toBe(0);
  const far = { ...plain, address: { ...plain.address, country: "AQ" } };
  expect(await refusal(call("fulfill_order", far, { key: "run/fulfill_order" }))).toBe(
    "address_unreachable: none, key, final",
  );
  expect(count("shipment")).toBe(0);
});

test("what cannot be read as an order is refused by the path of the field", async () => {
  const wrong: [unknown, RegExp][] = [
    [null, /order must be/],
    [{ ...plain, orderId: "../etc" }, /orderId must be/],
    [{ ...plain, lines: [] }, /lines must be/],
    [{ ...plain, lines: [{ ...plain.lines[0], quantity: 0.5 }] }, /lines\[0\]\.quantity must be/],
    [{ ...plain, total: plain.total + 1 }, /total must be the sum of the lines/],
    [{ ...plain, slow: "never" }, /slow must be one of late, overtaken, silent/],
  ];
  for (const [at, [order, message]] of wrong.entries()) {
    const told = { key: `run-${at}/validate_order` };
    const refused = call("validate_order", order, told).catch((error: unknown) => error);
    expect(await refused).toMatchObject({ message: expect.stringMatching(message), scope: "key" });
  }
  expect(count("customer_order")).toBe(0);
});

test("a price that the shop does not ask is refused", async () => {
  const [first, ...rest] = plain.lines;
  if (!first) throw new Error("the order has no line");
  const cheap = {
    ...plain,
    lines: [{ ...first, unitPrice: first.unitPrice - 1 }, ...rest],
    total: plain.total - first.quantity,
  };
  expect(await refusal(validate(cheap))).toBe("price_changed: none, key, final");
});

test("an order is accepted once; another run with it is refused, and the books still balance", async () => {
  await new Rehearsal(shopWorkers(shop)).play(plain);
  expect(await refusal(validate(plain, "another"))).toBe("order_known: none, key, final");
  expect(proveLedger(file).balanced).toBe(true);
});

test("a hiccup goes by the attempt: every delivery of it is refused, the next one works", async () => {
  const order = { ...plain, hiccups: { check_inventory: 2 } };
  await validate(order);
  const attempt = (number: number) => call("check_inventory", order, { key: "run/check_inventory", attempt: number });
  for (const number of [1, 1, 2, 1]) expect(await refusal(attempt(number))).toMatch(/none, attempt, retryable$/);
  expect(count("reservation")).toBe(0);
  await attempt(3);
  expect(count("reservation")).toBe(1);
});

test("a compensation that stumbles is undone by its next attempt, once", async () => {
  const order = { ...plain, hiccups: { release_inventory: 1 } };
  const before = shelf();
  await validate(order);
  await reserve(order);
  expect(shelf()).not.toEqual(before);
  await expect(release(order, 1)).rejects.toThrow("release_inventory stumbled");
  await release(order, 2);
  await release(order, 3);
  expect(shelf()).toEqual(before);
});

test("goods that have left the house are not released; a person must settle it", async () => {
  await validate(plain);
  await reserve(plain);
  await call("fulfill_order", plain, { key: "run/fulfill_order" });
  const released = release(plain).catch((error: unknown) => error);
  expect(await released).toMatchObject({ problem: { code: "already_shipped" }, retryable: false });
});

test("a late answer's charge is booked at once, and the answer waits until the engine has stopped waiting", async () => {
  const order = { ...plain, slow: "late" } as const;
  await validate(order);
  const time = new AbortController();
  let answered = false;
  const first = charge(order, 1, time.signal).then(() => (answered = true));
  expect(count("posting")).toBe(1);
  await settled();
  expect(pauses).toEqual([]);
  time.abort();
  await expect.poll(() => pauses.length).toBe(1);
  expect(answered).toBe(false);
  expect(pauses[0]?.ms).toBeLessThan(800);
  pauses[0]?.over();
  await first;
});

test("an overtaken answer waits longer than the retry, which is given the stored result", async () => {
  const order = { ...plain, slow: "overtaken" } as const;
  await validate(order);
  const first = charge(order, 1);
  const second = await charge(order, 2);
  await expect.poll(() => pauses.length).toBe(1);
  expect(pauses[0]?.ms).toBeGreaterThan(1200);
  pauses[0]?.over();
  expect(await first).toEqual(second);
  expect(count("posting")).toBe(1);
});

test("a silent first attempt has charged, and a later one answers for it", async () => {
  const order = { ...plain, slow: "silent" } as const;
  await validate(order);
  let answered = false;
  void charge(order, 1).then(() => (answered = true));
  await charge(order, 2);
  await settled();
  expect(count("posting")).toBe(1);
  expect(answered).toBe(false);
  expect(pauses).toEqual([]);
});

test("every worker still answers from its store for a command that came too late to begin", async () => {
  await validate(plain);
  const charged = await charge(plain);
  const workers = shopWorkers(shop);
  for (const { type, handler } of workers) expect(handler.recall, type).toBeTypeOf("function");
  const payment = workers.find(({ type }) => type === "process_payment")?.handler;
  expect(payment?.recall?.(contextOf({ key: "run/process_payment", attempt: 2 }))).toEqual(charged);
});

test("the trace tells each transaction's begin and end, and nothing where the ledger answered from its store", async () => {
  await validate(plain);
  await validate(plain);
  await refusal(call("process_payment", { ...plain, card: "tok_declined_1" }, { key: "run/process_payment" }));
  expect(readFileSync(join(folder, "trace"), "utf8")).toBe(
    "begin run/validate_order\ncommit run/validate_order\nbegin run/process_payment\ncommit run/process_payment\n",
  );
});
