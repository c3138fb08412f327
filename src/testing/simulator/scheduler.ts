/**
 * One thread, one time, one task at a time. What is ready is picked by the dice; when nothing is, time moves on to what
 * is due next. After each task everything that follows from it in the engine's own promises comes to rest, so that a
 * seed always gives the same order.
 */
import { SystemClock } from "../../base/system.ts";
import type { Dice } from "./dice.ts";

const machine = new SystemClock();

export interface Task {
  /** In the scheduler's own time. */
  dueAtMs: number;
  readonly name: string;
  readonly run: () => void;
}

export const worldBeginsAtMs = Date.UTC(2026, 0, 1);

export class Scheduler {
  /** Milliseconds since 1970; never goes back, whatever the clocks of the processes say. */
  nowMs: number = worldBeginsAtMs;
  steps = 0;
  private readonly dice: Dice;
  private readonly tasks = new Set<Task>();
  private readonly hear: (task: Task) => void;

  /** `hear` is told of each task before it runs. */
  constructor(dice: Dice, hear: (task: Task) => void) {
    this.dice = dice;
    this.hear = hear;
  }

  in(delayMs: number, name: string, run: () => void): Task {
    // As the clocks of machines do, time goes on in whole milliseconds.
    const task: Task = { dueAtMs: this.nowMs + Math.ceil(delayMs), name, run };
    this.tasks.add(task);
    return task;
  }

  drop(task: Task): void {
    this.tasks.delete(task);
  }

  get nextDueAtMs(): number | undefined {
    let next: number | undefined;
    for (const { dueAtMs } of this.tasks) if (next === undefined || dueAtMs < next) next = dueAtMs;
    return next;
  }

  /** One task, and all that follows from it at once. Gives `false` where there is none. */
  async step(): Promise<boolean> {
    const next = this.nextDueAtMs;
    if (next === undefined) return false;
    this.nowMs = Math.max(this.nowMs, next);
    const ready = [...this.tasks].filter(({ dueAtMs }) => dueAtMs <= this.nowMs);
    const task = ready[ready.length === 1 ? 0 : this.dice.roll(ready.length)];
    if (!task) return false;
    this.tasks.delete(task);
    this.steps++;
    this.hear(task);
    task.run();
    await this.rest();
    return true;
  }

  /** Everything that waits only for promises has happened. */
  rest(): Promise<void> {
    return new Promise((rested) => machine.soon(rested));
  }
}
