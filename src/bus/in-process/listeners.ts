/** Those who hear one kind of message that may be lost: each hears what was said since it began to listen, in order. */
import type { Subscription } from "../event-bus.ts";
import type { QueueOwner } from "./message-queue.ts";

export class Listeners<Heard> {
  private readonly owner: QueueOwner;
  /** Another list with each change, so that one that is being walked stays as it is. */
  private listeners: readonly ((heard: Heard) => void)[] = [];
  private said: Heard[] = [];
  isWoken = false;

  constructor(owner: QueueOwner) {
    this.owner = owner;
  }

  get count(): number {
    return this.listeners.length;
  }

  listen(hear: (heard: Heard) => void): Subscription {
    const listener = (heard: Heard) => hear(heard);
    this.listeners = [...this.listeners, listener];
    return { stop: () => void (this.listeners = this.listeners.filter((one) => one !== listener)) };
  }

  /** Heard later, never inside this call. */
  say(heard: Heard): void {
    if (this.listeners.length === 0) return;
    if (this.said.push(heard) === 1) this.owner.wake(this);
  }

  handOut(): void {
    const said = this.said;
    this.said = [];
    for (const heard of said) this.tell(heard);
  }

  private tell(heard: Heard): void {
    for (const hear of this.listeners) {
      try {
        hear(heard);
      } catch (fault) {
        this.owner.fault(fault);
      }
    }
  }
}
