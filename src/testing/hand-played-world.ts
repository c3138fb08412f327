/**
 * An Orchestrator over a memory journal and the bus in process, whose workers are played by hand: a test says what is
 * answered when, holds commits back, and makes them fail.
 */
import type { ClewError } from "../base/errors.ts";
import type { Command, Notice, ResultData, StatusEvent } from "../bus/envelope.ts";
import type { Delivery } from "../bus/event-bus.ts";
import { InProcessBus } from "../bus/in-process/in-process-bus.ts";
import { makeResult, workerSource } from "../bus/make-envelope.ts";
import { parseDefinition } from "../definition/parse-definition.ts";
import type { Workflow } from "../definition/workflow.ts";
import type { Recorded, Recording } from "../journal/journal.ts";
import { MemoryDisk, MemoryJournal } from "../journal/memory/memory-journal.ts";
import { Orchestrator } from "../orchestrator/orchestrator.ts";
import { statusOf } from "../saga/status.ts";
import { VirtualClock } from "./virtual-clock.ts";

export function workflowOf(object: unknown): Workflow {
  const parsed = parseDefinition({ object });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.workflow;
}

export const order = workflowOf({
  workflow: "order",
  version: 1,
  inputSchema: { type: "object", required: ["total"], properties: { total: { type: "integer" } } },
  steps: [
    { step: "reserve", compensation: "release", timeout: "10s" },
    {
      step: "pay",
      compensation: { worker: "refund", timeout: "10s", retry: { attempts: 1 } },
      timeout: "10s",
      retry: { attempts: 1 },
    },
    { step: "ship", timeout: "10s", retry: { attempts: 1 } },
  ],
});
const workerTypes = ["reserve", "release", "pay", "refund", "ship"];

/** A memory journal whose commits can be held back, or made to fail, and that refuses starts when it is told to. */
class TestJournal extends MemoryJournal {
  commits = 0;
  hold: Promise<void> | undefined;
  failure: Error | undefined;
  refusal: ClewError | undefined;

  override startRefusal(): ClewError | undefined {
    return this.refusal;
  }

  override async commit(batch: readonly Recording[]): Promise<readonly Recorded[]> {
    this.commits++;
    await this.hold;
    if (this.failure) throw this.failure;
    return super.commit(batch);
  }
}

export class HandPlayedWorld {
  readonly disk: MemoryDisk;
  readonly clock: VirtualClock;
  readonly bus = new InProcessBus();
  readonly journal: TestJournal;
  readonly taken: Delivery<Command>[] = [];
  readonly notices: Notice[] = [];
  readonly told: StatusEvent[] = [];
  readonly failures: unknown[] = [];
  readonly orchestrator: Orchestrator;
  private static uids = 0;

  constructor(disk = new MemoryDisk(), clock = new VirtualClock()) {
    this.disk = disk;
    this.clock = clock;
    this.journal = new TestJournal(disk);
    this.orchestrator = new Orchestrator({
      journal: this.journal,
      bus: this.bus,
      clock,
      ids: { uid: () => `uid-${++HandPlayedWorld.uids}` },
      namespace: "test",
      onFailure: (cause) => this.failures.push(cause),
    });
    this.bus.onStatus((event) => this.told.push(event));
  }

  async open(types: readonly string[] = workerTypes, workflows: readonly Workflow[] = []): Promise<this> {
    await this.orchestrator.start(workflows);
    for (const type of types) this.work(type);
    await this.clock.settle();
    return this;
  }

  work(type: string): void {
    this.bus.consumeCommands(type, 1000, (delivery) => this.taken.push(delivery));
    this.bus.onNotice(type, (notice) => this.notices.push(notice));
  }

  /** The engine is gone; what it committed stays. */
  async crash(): Promise<HandPlayedWorld> {
    await this.bus.close();
    await this.journal.close();
    this.disk.owner = undefined;
    return new HandPlayedWorld(this.disk, this.clock);
  }

  /** Answers the oldest command of this type that was taken, and takes it off the list. */
  async answer(type: string, data: ResultData): Promise<Command> {
    const place = this.taken.findIndex(({ envelope }) => envelope.type === `command.${type}`);
    const [delivery] = this.taken.splice(place, 1);
    if (place < 0 || !delivery) throw new Error(`no command.${type} was taken: ${this.types().join()}`);
    await this.reply(delivery.envelope, data);
    delivery.ack();
    await this.clock.settle();
    return delivery.envelope;
  }

  async reply(command: Command, data: ResultData): Promise<void> {
    const source = workerSource("test", command.type, "1");
    await this.bus.publishResult(makeResult(command, { source, atMs: this.clock.now(), data }));
    await this.clock.settle();
  }

  types(): string[] {
    return this.taken.map(({ envelope }) => envelope.type.slice("command.".length));
  }

  async status(id: string): Promise<string> {
    const seen = await this.orchestrator.look(id);
    return seen ? statusOf(seen.run) : "unknown";
  }
}
