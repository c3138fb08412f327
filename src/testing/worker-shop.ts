/** One worker type over the in-process bus and a virtual clock, with a home that hears its answers: for tests. */
import type { Command, CommandData, Progress, Result } from "../bus/envelope.ts";
import { InProcessBus } from "../bus/in-process/in-process-bus.ts";
import { makeCommand, makeNotice, runAttributes } from "../bus/make-envelope.ts";
import type { Action } from "../saga/event.ts";
import { WorkerManager } from "../worker/worker-manager.ts";
import { type Handler, type WorkContext, worker, type WorkerOptions } from "../worker/worker.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What a command is to be, beside the usual. */
export interface Wanted {
  readonly action?: Action;
  readonly attempt?: number;
  readonly expiresAtMs?: number;
  readonly context?: Partial<CommandData["context"]>;
  readonly change?: (command: Command) => Command;
}

const run = {
  run: runAttributes({ namespace: "default", workflow: "order", runId: "o", runUid: "u", rootId: "o" }),
  atMs: 0,
};
/** When every shop opens. */
export const startMs = 1_000_000;

/** A bus, a clock, one worker type `pay`, and what the home `home` heard. */
export class WorkerShop {
  readonly clock = new VirtualClock(startMs);
  readonly results: Result[] = [];
  readonly progress: Progress[] = [];
  readonly bus: InProcessBus;
  readonly manager: WorkerManager;

  constructor(handler: Handler, options: WorkerOptions = {}, bus = new InProcessBus()) {
    this.bus = bus;
    this.manager = this.hire("one", handler, options);
    this.manager.start();
    bus.consumeResults("home", (delivery) => {
      this.results.push(delivery.envelope);
      delivery.ack();
    });
    bus.onProgress((progress) => this.progress.push(progress));
  }

  hire(instance: string, handler: Handler, options: WorkerOptions = {}): WorkerManager {
    const { bus, clock } = this;
    return new WorkerManager({
      bus,
      clock,
      instance,
      namespace: "default",
      workers: [worker("pay", handler, options)],
    });
  }

  async send(step: string, wanted: Wanted = {}): Promise<void> {
    const { action = "execute", attempt = 1, expiresAtMs, context, change = (command: Command) => command } = wanted;
    const command = change(
      makeCommand({
        ...{ ...run, worker: "pay", step, action, attempt, expiresAtMs, definition: "d", home: "home", version: 3 },
        key: action === "compensate" ? `u/${step}!undo` : `u/${step}`,
        undoes: action === "execute" ? undefined : `u/${step}`,
        data: { input: { step }, context: { timeoutMs: 8000, execution: "at_least_once", delivery: 1, ...context } },
      }),
    );
    await this.bus.publishCommands([{ id: command.id ?? step, worker: "pay", envelope: () => command }]);
    await this.clock.settle();
  }

  async advise(step: string): Promise<void> {
    const attempt = { ...run, worker: "pay", step, action: "execute", attempt: 1 } as const;
    this.bus.publishNotice(makeNotice({ ...attempt, advice: "cancel" }));
    await this.clock.settle();
  }

  /** How many commands nobody has taken. */
  async waiting(): Promise<number> {
    return (await this.bus.queues())[0]?.waiting ?? 0;
  }

  get answers(): unknown[] {
    return this.results.map(({ data }) => data);
  }

  get told(): string[] {
    return this.progress.map(({ data }) => data.phase);
  }
}

/** A handler whose calls wait until the test lets them go on. */
export function held() {
  const calls: {
    readonly input: unknown;
    readonly context: WorkContext;
    readonly give: (value: unknown) => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  const handler: Handler = (input, context) => new Promise((give, fail) => calls.push({ input, context, give, fail }));
  const steps = () => calls.map(({ context }) => context.step);
  return { calls, handler, steps };
}
