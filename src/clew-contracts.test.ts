/** The worry: a contract that is forgotten by a restart, or by one way of starting, and a secret that is printed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { largestPayloadBytes } from "./base/payload-size.ts";
import {
  Clew,
  defineWorkflow,
  type OpenOptions,
  openReader,
  parseCatalogue,
  parseWorkflow,
  type Json,
  type Ref,
  type RunStatus,
  type RunView,
  succeeded,
  type Worker,
  worker,
  type Workflow,
  workerType,
} from "./clew.ts";
import { perform } from "./operations/operation.ts";
import { runEvents, showRun } from "./operations/runs.ts";

const Order = z.object({ id: z.string(), card: z.string().meta({ sensitive: true }), total: z.number() });
const Receipt = z.object({ no: z.number(), card: z.string().meta({ sensitive: true }) });
const charge = workerType("charge", { input: Order, output: Receipt });
const refund = workerType("refund", { input: Order });
const ship = workerType("ship", { input: z.object({ receipt: z.number() }) });
const order = { id: "o-1", card: "4111-1111", total: 5 };

const sale = defineWorkflow("sale", { version: 1, input: Order }, (w) => {
  const receipt = w.step("charge", charge, { compensation: refund });
  w.step("ship", ship, { input: { receipt: receipt.no } });
  return { no: receipt.no, paidBy: receipt.card };
});

const good = [worker(charge, ({ card }) => ({ no: 7, card })), worker(refund, () => {}), worker(ship, () => null)];

let folder: string;
let journal: string;
const opened: Clew[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clew-"));
  journal = join(folder, "journal.db");
});
afterEach(async () => {
  for (const clew of opened.splice(0)) await clew.close();
  rmSync(folder, { recursive: true });
});

async function open(options: Partial<OpenOptions> = {}): Promise<Clew> {
  const clew = await Clew.open({ journal, workers: good, socket: false, ...options });
  opened.push(clew);
  return clew;
}

describe("a typed workflow", () => {
  test("is started, watched and waited for, with its own types", async () => {
    const clew = await open();
    const run = await clew.start(sale, order);
    const seen: RunStatus[] = [];
    for await (const status of clew.watch(run)) seen.push(status);
    const result = await clew.result(run);
    expectTypeOf(result).toEqualTypeOf<RunView<{ readonly no: number; readonly paidBy: string }>>();
    expect(result.output).toEqual({ no: 7, paidBy: "4111-1111" });
    expect(seen.at(-1)).toMatchObject({ id: run.id, status: "completed", phase: "ended", event: "RunCompleted" });
    expect(seen.map(({ version }) => version)).toEqual(
      Array.from({ length: seen.length }, (_, at) => (seen[0]?.version ?? 0) + at),
    );
    expect(seen.filter(({ event }) => event === undefined)).toHaveLength(1);
    // @ts-expect-error A field is missing.
    await expect(clew.start(sale, { id: "o-2", total: 3 })).rejects.toMatchObject({ code: "invalid_input" });
    expectTypeOf<Parameters<typeof clew.result>[0]>().toExtend<string | { readonly id: string }>();
  });

  test("is watched after its end: how it stands, and no more", async () => {
    const clew = await open();
    const run = await clew.start(sale, order);
    await clew.result(run);
    const seen: RunStatus[] = [];
    for await (const status of clew.watch(run.id)) seen.push(status);
    expect(seen).toMatchObject([{ status: "completed", detail: {} }]);
    await expect(clew.watch("nobody").next()).rejects.toMatchObject({ code: "run_unknown" });
  });

  test("lets go of a watcher who has seen enough, though nothing new comes", async () => {
    const clew = await open({ workers: [worker(charge, () => new Promise(() => {})), ...good.slice(1)] });
    const watch = clew.watch(await clew.start(sale, order));
    await watch.next();
    for (let next = watch.next(); ; next = watch.next()) {
      const isOver = await Promise.race([next, new Promise<"nothing">((rested) => setTimeout(rested, 50, "nothing"))]);
      if (isOver !== "nothing") continue;
      await watch.return?.();
      expect(await next).toEqual({ done: true, value: undefined });
      break;
    }
  });

  test("tells its watchers when the engine closes, and forgets who has seen enough", async () => {
    const held = Promise.withResolvers<{ no: number; card: string }>();
    const clew = await open({ workers: [worker(charge, () => held.promise), ...good.slice(1)] });
    const run = await clew.start(sale, order);
    for await (const status of clew.watch(run)) {
      expect(status.status).toBe("running");
      break;
    }
    const watch = clew.watch(run);
    await watch.next();
    const next = watch.next();
    held.reject(new Error("the provider is down"));
    const closing = clew.close();
    await expect(
      (async () => {
        for (;;) if ((await watch.next()).done) return;
      })(),
    ).rejects.toMatchObject({ code: "engine_closed" });
    await next.catch(() => {});
    await closing;
  });
});

describe("contracts", () => {
  test("hold for what workers say: an output that does not fit is in doubt, and undone", async () => {
    const clew = await open({ workers: [worker("charge", () => ({ no: "seven" })), ...good.slice(1)] });
    const result = await clew.result(await clew.start(sale, order));
    expect(result).toMatchObject({ status: "compensated", cause: "step_failed" });
    expect(result.steps[0]).toMatchObject({
      state: "in_doubt",
      error: { code: "output_invalid", detail: "output.card is required; output.no must be a number, and is a text" },
      compensation: { state: "compensated" },
    });
  });

  test("come with workers too, and stay in the journal for the next life, which may know better", async () => {
    const plain = parseWorkflow({ object: { workflow: "sale", version: 1, steps: [{ step: "charge" }] } });
    const first = await open();
    expect((await first.result(await first.start(plain, { id: 1 }))).steps[0]).toMatchObject({
      state: "failed",
      error: { code: "input_invalid" },
    });
    await first.close();
    const nameless = [worker("charge", () => "anything")];
    const second = await open({ workers: nameless });
    expect((await second.result(await second.start(plain, order))).steps[0]).toMatchObject({
      error: { code: "output_invalid" },
    });
    await second.close();
    const catalogue = new Map([["charge", { output: { type: "string" } }]]);
    const third = await open({ workers: nameless, catalogue });
    expect((await third.result(await third.start(plain, 3))).status).toBe("completed");
  });

  test("of a catalogue are all that there are", async () => {
    const parsed = parseCatalogue({ text: "workers: { charge: {} }", file: "shop.workers.yaml" });
    const clew = await open({ workers: [], catalogue: parsed.ok ? parsed.catalogue : new Map() });
    const steps = [{ step: "charge" }, { step: "wrap" }];
    const stranger = parseWorkflow({ object: { workflow: "sale", version: 1, steps } });
    await expect(clew.start(stranger, null)).rejects.toMatchObject({
      code: "worker_unknown",
      details: { missing: ["wrap"] },
    });
    expect((await clew.list()).items).toEqual([]);
  });

  test("that contradict each other are refused, when the engine opens and when a run starts", async () => {
    const other = workerType("charge", { input: { type: "string" } });
    await expect(open({ workers: [worker(other, () => null)], catalogue: sale.catalogue })).rejects.toMatchObject({
      code: "contract_conflict",
    });
    const clew = await open({ workers: [worker(other, () => null)] });
    await expect(clew.start(sale, order)).rejects.toMatchObject({ code: "contract_conflict" });
    expect((await clew.list()).items).toEqual([]);
  });
});

describe("what is sensitive", () => {
  const secret = order.card;

  async function shownBy(access: Parameters<typeof perform>[1], id: string): Promise<string> {
    const { events } = await perform(runEvents, access, { id });
    return JSON.stringify([await perform(showRun, access, { id }), events]);
  }

  test("is for the program, and for nobody who is shown the run, beside the engine or after it", async () => {
    const clew = await open();
    const run = await clew.start(sale, order);
    expect((await clew.result(run)).output?.paidBy).toBe(secret);
    expect(JSON.stringify(await clew.show(run.id))).not.toContain(secret);
    const reader = await openReader(journal);
    try {
      const shown = await shownBy(reader.access, run.id);
      expect(shown).not.toContain(secret);
      // What is left out is said, and the rest is whole: twice the input, twice the output, twice the result.
      expect(shown.split("[redacted]").length - 1).toBe(6);
      expect(shown).toContain('"no":7');
    } finally {
      await reader.close();
    }
  });

  const Card = {
    type: "object",
    properties: { card: { type: "string", sensitive: true } },
    required: ["card"],
  } as const;

  /** Everything that is shown of one run of this workflow. */
  async function shown(workflow: Workflow, workers: readonly Worker[], input: Json): Promise<string> {
    const clew = await open({ workers });
    const { id } = await clew.start(workflow, input);
    await clew.result(id);
    const reader = await openReader(journal);
    try {
      return await shownBy(reader.access, id);
    } finally {
      await reader.close();
    }
  }

  test("goes with its value through mappings, back to where it came from, and into no undo", async () => {
    const pay = workerType("pay", { input: { type: "object", properties: { by: Card.properties.card } } });
    const mapped = defineWorkflow("mapped", { version: 1 }, (w) => {
      const seen = w.step(
        "look",
        workerType("look", { output: { ...Card, properties: { card: { type: "string" } } } }),
      );
      w.step("pay", pay, { input: { by: seen.card } });
      return { last: seen.card };
    });
    const workers = [worker("look", () => succeeded({ card: secret }, { card: secret })), worker("pay", () => null)];
    const text = await shown(mapped, workers, null);
    expect(text).not.toContain(secret);
    expect(text).toContain('"output":{"last":"[redacted]"}');
  });

  test("stays so for the runs of an earlier life, whose contract marked it and today's does not", async () => {
    const plain = parseWorkflow({ object: { workflow: "sale", version: 1, steps: [{ step: "look" }] } });
    const text = await shown(plain, [worker(workerType("look", { output: Card }), () => ({ card: secret }))], null);
    expect(text).not.toContain(secret);
    for (const clew of opened.splice(0)) await clew.close();
    const renamed = workerType("look", { output: { type: "object", properties: { number: { type: "string" } } } });
    const clew = await open({ workers: [worker(renamed, () => ({ number: "7" }))] });
    const [run] = (await clew.list()).items;
    expect(JSON.stringify(await clew.show(run?.id ?? ""))).not.toContain(secret);
  });

  test("does not take the rest of a result with it", async () => {
    const hidden = defineWorkflow("hidden", { version: 1 }, (w) => {
      const all = w.step(
        "look",
        workerType("look", {
          output: { type: "object", properties: { card: { type: "object", sensitive: true } } } as const,
        }),
      );
      return { no: w.run.id, last: (all.card as unknown as { digits: Ref<string> }).digits };
    });
    const text = await shown(hidden, [worker("look", () => ({ card: { digits: secret } }))], null);
    expect(text).not.toContain(secret);
    expect(text).toMatch(/"output":\{"last":"\[redacted\]","no":"[0-9a-f-]+"\}/);
  });

  test("is not told by errors either", async () => {
    const clew = await open();
    const error = await clew
      .start(sale, { ...order, id: 3 as never, card: [secret] as never })
      .catch((caught) => caught);
    expect(error).toMatchObject({ code: "invalid_input" });
    expect(JSON.stringify([error.message, error.details, error.mend])).not.toContain(secret);
  });
});

describe("a result", () => {
  test("has null where a reference leads nowhere, and the rest all the same", async () => {
    const workflow = defineWorkflow(
      "order",
      { version: 1, input: z.object({ id: z.string(), note: z.string().optional() }) },
      (w, input) => {
        w.step("a", workerType("a"));
        return { id: input.id, note: input.note };
      },
    );
    const clew = await open({ workers: [worker("a", () => null)] });
    const { output } = await clew.result(await clew.start(workflow, { id: "o-1" }));
    expectTypeOf(output).toEqualTypeOf<{ readonly id: string; readonly note: string | null } | undefined>();
    expect(output).toEqual({ id: "o-1", note: null });
  });

  test("that would be larger than a payload may be is null, and an event says which part is large", async () => {
    const part = "x".repeat(700_000);
    const output = { a: { $: "steps.a.output" }, b: [{ $: "steps.a.output" }] };
    const workflow = parseWorkflow({ object: { workflow: "large", version: 1, steps: [{ step: "a" }], output } });
    const clew = await open({ workers: [worker("a", () => part)] });
    const run = await clew.start(workflow, null);
    expect(await clew.result(run)).toMatchObject({ status: "completed", output: null });
    const { events } = await clew.perform(runEvents, { id: run.id });
    expect(events.at(-1)?.event).toMatchObject({
      type: "RunCompleted",
      error: { code: "payload_too_large", title: expect.stringContaining("the output has 1,400,0") },
    });
  });
});

describe("a payload that is too large", () => {
  const photo = "x".repeat(largestPayloadBytes);
  const loose = parseWorkflow({ object: { workflow: "loose", version: 1, steps: [{ step: "a" }] } });

  test("is refused at the start, with the field that is large", async () => {
    const clew = await open();
    await expect(clew.start(loose, { customer: { photos: [{ data: photo }] } })).rejects.toMatchObject({
      code: "payload_too_large",
      message: expect.stringMatching(
        /its input has 1,0\d\d,\d{3} bytes, more than 1,032,192; the largest part is input\.customer\.photos\[0\]\.data$/,
      ),
    });
  });

  test("is a failure of the step whose worker gave it, with the field", async () => {
    const clew = await open({ workers: [worker("a", () => ({ scan: photo }))] });
    expect((await clew.result(await clew.start(loose, null))).steps[0]?.error).toMatchObject({
      code: "output_invalid",
      title: expect.stringContaining("the largest part is output.scan"),
    });
  });
});
