/**
 * Every message that 200 generated runs put on the bus is a CloudEvent by the official SDK's strict judgement, and is
 * the same after it was written as text and read again.
 */
import { expect, test } from "vitest";
import { type Worker, worker, WorkFailed, parseWorkflow, type Workflow } from "clew";
import type { AnyEnvelope } from "../src/bus/check-envelope.ts";
import { decodeEnvelope, encodeEnvelope } from "../src/bus/codec.ts";
import type { Delivery } from "../src/bus/event-bus.ts";
import type { Command, Notice, Progress, Result, StatusEvent } from "../src/bus/envelope.ts";
import { InProcessBus } from "../src/bus/in-process/in-process-bus.ts";
import { MemoryJournal } from "../src/journal/memory/memory-journal.ts";
import { Orchestrator } from "../src/orchestrator/orchestrator.ts";
import { acceptedByCloudEvents } from "../src/testing/accepted-by-cloudevents.ts";
import { VirtualClock } from "../src/testing/virtual-clock.ts";
import { WorkerManager } from "../src/worker/worker-manager.ts";

/** Keeps all that is said on it. */
class OverheardBus extends InProcessBus {
  readonly heard: AnyEnvelope[] = [];

  override consumeCommands(type: string, room: number, take: (delivery: Delivery<Command>) => void) {
    return super.consumeCommands(type, room, (delivery) => {
      this.heard.push(delivery.envelope);
      take(delivery);
    });
  }

  override publishResult(result: Result): Promise<void> | undefined {
    this.heard.push(result);
    return super.publishResult(result);
  }

  override publishProgress(progress: Progress): void {
    this.heard.push(progress);
    super.publishProgress(progress);
  }

  override publishNotice(notice: Notice): void {
    this.heard.push(notice);
    super.publishNotice(notice);
  }

  override publishStatus(status: StatusEvent): void {
    this.heard.push(status);
    super.publishStatus(status);
  }
}

/** Small, seeded, and good enough to spread choices: the same runs each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % sides;
  };
}

function generated(number: number): { readonly workflow: Workflow; readonly cancels: boolean } {
  const roll = dice(number + 1);
  const steps = Array.from({ length: 1 + roll(4) }, (_, place) => ({
    step: `step_${place}`,
    worker: ["does", "refuses", "stumbles", "hangs"][roll(8)] ?? "does",
    timeout: "2s",
    retry: { attempts: 2, initial: "1s" },
    ...(roll(2) === 0 ? { compensation: { worker: roll(4) === 0 ? "stumbles" : "undoes", timeout: "2s" } } : {}),
  }));
  return {
    workflow: parseWorkflow({ object: { workflow: `generated_${number}`, version: 1, steps } }),
    cancels: roll(8) === 0,
  };
}

const workers: readonly Worker[] = [
  worker("does", (_input, context) => {
    context.progress(50, "half of it – ½");
    return { text: 'done – \u0000 \u2028 "quoted" 🧵', number: 0.1, nothing: null, list: [1, [], {}] };
  }),
  worker("undoes", () => null),
  worker("refuses", () => {
    throw new WorkFailed({ code: "refused", title: "no", effect: "none", retryable: false });
  }),
  worker("stumbles", (_input, { attempt }) => {
    if (attempt === 1) throw new Error("stumbled");
    return "up again";
  }),
  worker(
    "hangs",
    (_input, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  ),
];

test("every message of 200 generated runs is a CloudEvent, and is equal after encoding and decoding", async () => {
  const bus = new OverheardBus();
  const clock = new VirtualClock();
  let uids = 0;
  const orchestrator = new Orchestrator({
    journal: new MemoryJournal(),
    bus,
    clock,
    ids: { uid: () => `0190b1a2-0000-7000-8000-${String(++uids).padStart(12, "0")}` },
    namespace: "test",
    onFailure: (cause) => {
      throw cause;
    },
  });
  const manager = new WorkerManager({ bus, clock, namespace: "test", instance: "one", workers });
  bus.onStatus(() => {});
  await orchestrator.start();
  manager.start();
  for (let number = 0; number < 200; number++) {
    const { workflow, cancels } = generated(number);
    const { id } = await orchestrator.startRun({ workflow, input: { number, text: "größer" } });
    // Some have ended by then, and refuse.
    if (cancels) await orchestrator.operate(id, { type: "cancel" }, { actor: "test", reason: "so" }).catch(() => {});
  }
  await clock.advance(600_000);
  await manager.stop({ graceMs: 0 });
  await orchestrator.stop();

  const kinds = Map.groupBy(bus.heard, ({ type }) => type.split(".")[0] ?? "");
  for (const kind of ["command", "result", "progress", "notice", "status"]) {
    expect(kinds.get(kind)?.length ?? 0, kind).toBeGreaterThan(0);
  }
  const ends = bus.heard.filter(
    ({ type, data }) =>
      type === "status.workflow" && /^Run(Completed|Compensated|Failed)$/.test((data as { event: string }).event),
  );
  expect(new Set(ends.map(({ runid }) => runid)).size).toBe(200);
  for (const envelope of bus.heard) {
    expect(acceptedByCloudEvents(envelope)).toBe(true);
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
  }
});
