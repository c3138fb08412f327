/**
 * The worry: a reference that is used as if it were the value, so that a workflow silently does something else. Each
 * misuse here is refused by the compiler, or throws when the module loads and says what to write instead.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

const prelude = `
import { z } from "zod";
import { cel, compute, defineWorkflow, orElse, workerType } from "${root}src/clew.ts";
const Order = z.object({
  id: z.string(), total: z.number(), vip: z.boolean(), note: z.string().optional(),
  items: z.array(z.object({ sku: z.string(), qty: z.number() })), address: z.object({ city: z.string() }).optional(),
});
const charge = workerType("charge", {
  input: z.object({ order: z.string(), amount: z.number() }), output: z.object({ payment: z.string() }), errors: ["declined"],
});
const refund = workerType("refund", { input: z.object({ order: z.string() }) });
const refundByPayment = workerType("refund_by_payment", { input: z.object({ payment: z.string() }) });
const any = workerType("any");
let kept: any;
export const misuse = () => defineWorkflow("order", { version: 1, input: Order }, (w, order) => {
  w.step("first", any);
`;
const postlude = `
});
`;

/** Each stands in a block of its own, behind a first step. */
const misuses: Readonly<Record<string, string>> = {
  if: `if (order.vip) w.step("gift", any);`,
  "if not": `if (!order.vip) w.step("no_gift", any);`,
  "conditional operator": `w.step("s", any, { input: order.vip ? 1 : 2 });`,
  and: `w.step("s", any, { input: { gift: order.vip && 1 } });`,
  while: `while (order.vip) break;`,
  "comparison for equality": `if (order.id === "x") w.step("s", any);`,
  "comparison of two references": `if (order.id === order.note) w.step("s", any);`,
  "greater than": `if (order.total > 100) w.step("s", any);`,
  addition: `w.step("s", any, { input: { amount: (order.total as any) + 1 } });`,
  arithmetic: `w.step("s", any, { input: { amount: order.total * 2 } });`,
  negation: `w.step("s", any, { input: { amount: -order.total } });`,
  "template text": "w.step('s', any, { input: { text: `order ${order.id}` } });",
  concatenation: `w.step("s", any, { input: { text: "order " + order.id } });`,
  "String()": `w.step("s", any, { input: { text: String(order.id) } });`,
  "toString()": `w.step("s", any, { input: { text: order.id.toString() } });`,
  "Number()": `w.step("s", any, { input: { amount: Number(order.total) } });`,
  "JSON.stringify": `w.step("s", any, { input: { text: JSON.stringify(order) } });`,
  "as a key": `w.step("s", any, { input: { [order.id as any]: 1 } });`,
  "spread of fields": `w.step("s", any, { input: { ...order } });`,
  "spread of a list": `w.step("s", any, { input: [...order.items] });`,
  "spread into arguments": `Math.max(...(order.items as any));`,
  "rest of a destructuring": `const { id, ...rest } = order; w.step("s", any, { input: { id, rest } as any });`,
  "destructuring of a list": `const [item] = order.items; w.step("s", any, { input: item as any });`,
  "for of": `for (const item of order.items) w.step("s", any, { input: item });`,
  "for in": `for (const key in order) w.step(key, any);`,
  "Object.keys": `for (const key of Object.keys(order)) w.step(key, any);`,
  "Object.entries": `w.step("s", any, { input: Object.fromEntries(Object.entries(order)) });`,
  in: `if ("note" in order) w.step("s", any);`,
  "Object.hasOwn": `if (Object.hasOwn(order, "note")) w.step("s", any);`,
  instanceof: `if ((order.id as any) instanceof String) w.step("s", any);`,
  "map of a list": `w.step("s", any, { input: order.items.map((item) => item.sku) });`,
  "map without types": `w.step("s", any, { input: (order.items as any).map((item: any) => item.sku) });`,
  length: `w.step("s", any, { input: { count: order.items.length } });`,
  "method of a text": `w.step("s", any, { input: { id: order.id.toUpperCase() } });`,
  "a call": `w.step("s", any, { input: (order.id as any)() });`,
  new: `w.step("s", any, { input: new (order.id as any)() });`,
  "assignment to a field": `(order as any).id = "x";`,
  delete: `delete (order as any).id;`,
  await: `(order.id as any).then(() => {});`,
  "an async block": `}); defineWorkflow("b", { version: 1 }, async (w) => { w.step("s", any);`,
  "a field that is not there": `w.step("s", any, { input: { to: order.adress } });`,
  "a field of a step's output that is not there": `const paid = w.step("pay", charge, { input: { order: order.id, amount: 1 } }); w.step("s", any, { input: paid.receipt });`,
  "the wrong type": `w.step("pay", charge, { input: { order: order.id, amount: order.id } });`,
  "a missing field": `w.step("pay", charge, { input: { order: order.id } });`,
  "one field too many": `w.step("pay", charge, { input: { order: order.id, amount: 1, currency: "EUR" } });`,
  "a mapping that is needed and left out": `w.step("pay", charge);`,
  "what may be missing, without a fallback": `w.step("pay", charge, { input: { order: order.note, amount: 1 } });`,
  "a field of what may be missing, without a fallback": `w.step("pay", charge, { input: { order: order.address.city, amount: 1 } });`,
  "?? as a fallback": `w.step("pay", charge, { input: { order: order.note ?? "none", amount: 1 } });`,
  "a fallback of the wrong type": `w.step("pay", charge, { input: { order: orElse(order.note, 3), amount: 1 } });`,
  "a fallback for a value": `w.step("s", any, { input: orElse("text" as any, "x") });`,
  "a field behind a fallback": `w.step("s", any, { input: (orElse(order.address, null) as any).city });`,
  "a compensation that does not take what the step takes": `w.step("pay", charge, { input: { order: order.id, amount: 1 }, compensation: refundByPayment });`,
  "an undo by an output that a step in doubt has not": `w.step("pay", charge, { input: { order: order.id, amount: 1 }, compensation: { worker: refundByPayment, input: (paid) => ({ payment: paid.payment }) } });`,
  "an error code that the worker does not declare": `w.step("pay", charge, { input: { order: order.id, amount: 1 }, retry: { on: ["declind"] } });`,
  "a duration without a unit": `w.step("s", any, { timeout: 30 });`,
  "a worker type that is a text": `w.step("s", "charge");`,
  "a reference of another workflow": `if (kept) w.step("s", any, { input: kept }); else { kept = order.id; w.step("s", any, { input: order.id }); return void misuse(); }`,
  "a reference after its block": `kept = order; }); misuse(); kept.id; void (() => {`,
  "a step after its block": `kept = w; }); misuse(); kept.step("late", any); void (() => {`,
  "a key with a dollar around a reference": `w.step("s", any, { input: { $cost: order.total } });`,
  "a condition that is a text": `w.step("s", any, { when: "input.vip" });`,
  "a condition that is a reference": `w.step("s", any, { when: order.vip });`,
  "a condition that nothing uses": "void cel`${order.vip}`; w.step('s', any, { input: { gift: order.vip && 1 } });",
  "an expression in the wrong language": "w.step('s', any, { when: cel`${order.id} === 'x'` });",
  "a field of a computed value": "w.step('s', any, { input: { x: compute<{ a: 1 }>(cel`input`).a } });",
  "a loop over an item": `w.forEach("f", order.items, (w, item) => { for (const key in item) w.step(key, any); });`,
  "an outer recorder in a branch": `w.parallel("p", { a: () => w.step("s", any) });`,
  "a step behind a condition, without a fallback":
    "const paid = w.step('p', charge, { input: { order: order.id, amount: 1 }, when: cel`true` }); w.step('s', charge, { input: { order: paid.payment, amount: 1 } });",
  "an item outside of its block": `let kept: any; w.forEach("f", order.items, (w, item) => { kept = item.sku; w.step("s", any, { input: item.sku }); }); w.step("t", any, { input: kept });`,
  "a field that no path can name": `w.step("s", any, { input: (order as any)["two words"] });`,
};

/** What must compile and throw nothing, or the rest shows nothing. */
const control = `w.step("pay", charge, { input: { order: orElse(order.note, "none"), amount: order.total }, compensation: refund });`;

interface Outcome {
  readonly compiles: boolean;
  readonly error?: { readonly code?: string; readonly message: string; readonly mend?: string };
}

let folder: string;
const outcomes = new Map<string, Outcome>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "clew-misuse-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const snippets = Object.entries({ ...misuses, control });
  snippets.forEach(([, code], at) => writeFileSync(join(folder, `misuse-${at}.ts`), prelude + code + postlude));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(compiling));
  writeFileSync(join(folder, "run.ts"), running(snippets.length));
  const node = join(root, "node_modules/.bin");
  const env = { ...process.env, PATH: `${node}:${process.env["PATH"] ?? ""}` };
  const compiled = spawnSync("tsc", ["-p", folder, "--pretty", "false"], { env, encoding: "utf8" }).stdout;
  const ran = spawnSync("node", ["--conditions=clew-source", join(folder, "run.ts")], { env, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(ran.stderr);
  const errors = JSON.parse(ran.stdout) as (Outcome["error"] | null)[];
  snippets.forEach(([name], at) => {
    const error = errors[at];
    outcomes.set(name, { compiles: !compiled.includes(`misuse-${at}.ts(`), ...(error ? { error } : {}) });
  });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compiling = {
  extends: join(root, "tsconfig.json"),
  compilerOptions: {
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
    noEmit: true,
    typeRoots: [join(root, "node_modules/@types")],
  },
  include: ["misuse-*.ts"],
  exclude: [],
};

const running = (count: number) => `
const errors = [];
for (let at = 0; at < ${count}; at++) {
  try {
    const { misuse } = await import(\`./misuse-\${at}.ts\`);
    misuse();
    errors.push(null);
  }
  catch (error) { errors.push({ code: error.code, message: error.message, mend: error.mend }); }
}
process.stdout.write(JSON.stringify(errors));
`;

describe("a reference", () => {
  test("has a right use, which compiles and throws nothing", () => {
    expect(outcomes.get("control")).toEqual({ compiles: true });
    expect(Object.keys(misuses).length).toBeGreaterThan(50);
  });

  test.each(Object.keys(misuses))("is refused where it is misused: %s", (name) => {
    const { compiles, error } = outcomes.get(name) ?? { compiles: true };
    if (!compiles) return expect(compiles).toBe(false);
    expect(error, `${name} compiles and throws nothing`).toBeDefined();
    expect(error?.code).toMatch(/^(?:reference_misused|invalid_definition)$/);
    expect(error?.mend).toMatch(/\w{3}/);
  });

  test("that a plain JavaScript program misuses throws too: whatever only runs is advised at run time", () => {
    // Of those that the compiler refuses, most throw as well; what does not is a matter of types alone.
    const silent = [...outcomes].filter(([name, { error }]) => name !== "control" && !error).map(([name]) => name);
    expect(silent).toEqual([
      "length",
      "a field that is not there",
      "a field of a step's output that is not there",
      "the wrong type",
      "a missing field",
      "one field too many",
      "a mapping that is needed and left out",
      "what may be missing, without a fallback",
      "a field of what may be missing, without a fallback",
      "?? as a fallback",
      "a fallback of the wrong type",
      "a compensation that does not take what the step takes",
      "an undo by an output that a step in doubt has not",
      "an error code that the worker does not declare",
      "a duration without a unit",
      "a field of a computed value",
      "a step behind a condition, without a fallback",
    ]);
  });
});
