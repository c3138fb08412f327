/**
 * The life of one process. It ends between any two of its calls to the outside, or whenever the world says so: from
 * then on nothing that it calls happens, and nothing that it waits for comes.
 */
import type { Clock, Timer } from "../../base/clock.ts";
import type { Machine } from "./machine.ts";
import type { Scheduler, Task } from "./scheduler.ts";

/** What a dead process waits for: each call for another one, or the first would hold on to all that ever waited. */
const never = () => new Promise<never>(() => {});

export class Life implements Clock {
  readonly name: string;
  readonly machine: Machine;
  isOver = false;
  /** It was told to stop, or a part of it was. */
  isStopping = false;
  private readonly scheduler: Scheduler;
  /** Asked before each call to the outside: whether the process dies there. */
  private readonly diesHere: (life: Life) => boolean;
  private readonly timers = new Map<Task, number>();

  constructor(name: string, scheduler: Scheduler, machine: Machine, diesHere: (life: Life) => boolean) {
    this.name = name;
    this.scheduler = scheduler;
    this.machine = machine;
    this.diesHere = diesHere;
    machine.lives.add(this);
  }

  end(): void {
    this.isOver = true;
    this.machine.lives.delete(this);
    for (const task of this.timers.keys()) this.scheduler.drop(task);
    this.timers.clear();
  }

  /** A call to the outside, which has an effect only if the process lives to make it. */
  call<T>(make: () => Promise<T>): Promise<T> {
    if (this.isOver || this.diesHere(this)) return never();
    return make().then(
      (answer) => (this.isOver ? never() : answer),
      (error: unknown) => (this.isOver ? never() : Promise.reject(error)),
    );
  }

  /** The same for a call that waits for nothing. */
  tell(make: () => void): void {
    if (!this.isOver && !this.diesHere(this)) make();
  }

  /** What the outside calls comes only to the living. */
  hearing<Given extends readonly unknown[]>(hear: (...given: Given) => void): (...given: Given) => void {
    return (...given) => {
      if (!this.isOver) hear(...given);
    };
  }

  now(): number {
    return this.machine.wallMs;
  }

  at(dueAtMs: number, call: () => void): Timer {
    const task: Task = this.scheduler.in(Math.max(dueAtMs - this.now(), 0), `${this.name}: timer`, () => {
      this.timers.delete(task);
      if (!this.isOver) call();
    });
    this.timers.set(task, dueAtMs);
    return {
      cancel: () => {
        this.timers.delete(task);
        this.scheduler.drop(task);
      },
    };
  }

  soon(call: () => void): void {
    this.scheduler.in(0, `${this.name}: soon`, () => {
      if (!this.isOver) call();
    });
  }

  get timerCount(): number {
    return this.timers.size;
  }

  /** The machine's clock was set: timers go by it, and notice within half a minute, as real ones do. */
  clockWasSet(): void {
    for (const [task, dueAtMs] of this.timers) {
      const byTheClock = this.scheduler.nowMs + Math.ceil(Math.max(dueAtMs - this.now(), 0));
      task.dueAtMs = Math.max(byTheClock, Math.min(task.dueAtMs, this.scheduler.nowMs + noticedAfterMs));
    }
  }
}

const noticedAfterMs = 30_000;
