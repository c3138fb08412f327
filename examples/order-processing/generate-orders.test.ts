import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import { expectedText, generateOrders, ordersText } from "./generate-orders.ts";
import { readOrder } from "./order.ts";

const set = generateOrders();
const { orders, expected } = set;
const stored = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const share = (count: number) => count / orders.length;

test("the stored files are what the generator writes, byte for byte", () => {
  expect(ordersText(set)).toBe(stored("orders.jsonl"));
  expect(expectedText(set)).toBe(stored("orders.expected.json"));
});

test("there are 1,000 orders of about half a kilobyte, each of them readable as it stands", () => {
  expect(orders).toHaveLength(1000);
  expect(new Set(orders.map((order) => order.orderId)).size).toBe(1000);
  for (const line of ordersText(set).trimEnd().split("\n")) {
    expect(line.length).toBeGreaterThan(400);
    expect(line.length).toBeLessThan(600);
    expect(JSON.stringify(readOrder(JSON.parse(line)))).toBe(line);
  }
});

test("every trouble has at least the share that the example promises", () => {
  const declined = orders.filter((order) => order.card.startsWith("tok_declined"));
  const initial = new Map(catalogue.map((product) => [product.sku, product.initial]));
  const short = orders.filter((order) => order.lines.some((line) => line.quantity > (initial.get(line.sku) ?? 0)));
  const unreachable = orders.filter((order) => order.address.country === "AQ");
  const healed = orders.filter((order) => order.hiccups && expected[order.orderId] === "completed");
  const late = orders.filter((order) => order.slow === "late" || order.slow === "overtaken");
  const stubbornUndo = orders.filter(
    (order) => order.hiccups?.["refund_payment"] ?? order.hiccups?.["release_inventory"],
  );
  expect(share(declined.length)).toBeGreaterThanOrEqual(0.05);
  expect(share(short.length)).toBeGreaterThanOrEqual(0.03);
  expect(share(unreachable.length)).toBeGreaterThanOrEqual(0.02);
  expect(share(healed.length)).toBeGreaterThanOrEqual(0.03);
  expect(share(late.length)).toBeGreaterThanOrEqual(0.01);
  expect(stubbornUndo.length).toBeGreaterThanOrEqual(1);
  expect(orders.filter((order) => order.slow === "silent")).toHaveLength(1);
  const turned = new Set([...declined, ...short, ...unreachable].map((order) => order.orderId));
  expect(Object.keys(expected).filter((id) => expected[id] === "compensated")).toEqual([...turned].sort());
});

test("the shelves bear all orders at once, so no outcome depends on which comes first", () => {
  const demand = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap((order) => order.lines))
    demand.set(sku, (demand.get(sku) ?? 0) + quantity);
  for (const { sku, initial } of catalogue) {
    expect(demand.get(sku), `${sku} is ordered by somebody`).toBeGreaterThan(0);
    if (initial > 0) expect(demand.get(sku), sku).toBeLessThanOrEqual(initial);
  }
});
