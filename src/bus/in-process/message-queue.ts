/**
 * One queue of the in-process bus: the commands of one worker type, or the results for one home. A message waits, or
 * is in the hands of one consumer, or is gone.
 *
 * 1. A message that waits is in `waiting`, one in hand is in its consumer's `inHand`; both are in `known`, by id, and
 *    so an id is in the queue once, however often it is published before it is acknowledged.
 * 2. `handOut` is called by the bus alone, never from inside one of the calls below: they only ask for it (`wake`).
 * 3. A delivery that is no longer held (acknowledged, released, its consumer stopped) changes nothing any more, so
 *    whoever was given the message next cannot lose it to the one before.
 */
import { deepFreeze } from "../../base/json.ts";
import type { Consumption, Delivery } from "../event-bus.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

/** What a queue needs of the bus that it belongs to. */
export interface QueueOwner {
  /** Asks for `handOut`, later. */
  wake(queue: { handOut(): void }): void;
  /** Whether one more may be handed out now; where not, the queue is woken when it may be again. */
  mayHandOut(queue: { handOut(): void }): boolean;
  fault(fault: unknown): void;
}

/** A message by reference; `envelope` is asked for when somebody takes it. */
export interface Reference<E> {
  readonly id: string;
  envelope(): E;
}

export class MessageQueue<E> {
  private readonly owner: QueueOwner;
  private readonly onTaken: (id: string) => void;
  private readonly waiting = new LinkedList<Message<E>>();
  private readonly known = new Map<string, Message<E>>();
  private waits = 0;
  private readonly consumers: Consumer<E>[] = [];
  /** Whose turn it is, so that consumers with room get messages by turns. */
  private turn = 0;

  constructor(owner: QueueOwner, onTaken: (id: string) => void = () => {}) {
    this.owner = owner;
    this.onTaken = onTaken;
  }

  get waitingCount(): number {
    return this.waits;
  }

  get consumerCount(): number {
    return this.consumers.length;
  }

  knows(id: string): boolean {
    return this.known.has(id);
  }

  /** A message that is known already keeps its place; the newer reference may know more, so it is the one kept. */
  put(reference: Reference<E>): void {
    const { id } = reference;
    const same = this.known.get(id);
    if (same) return same.replace(reference);
    const message = new Message(id, reference);
    this.known.set(id, message);
    this.waiting.addLast(message);
    this.waits++;
    this.owner.wake(this);
  }

  /** Takes a message back that nobody ever had; one that was put back was in somebody's hands before. */
  withdraw(id: string): boolean {
    const message = this.known.get(id);
    if (!message || message.deliveries > 0) return false;
    this.takeWaiting(message);
    this.known.delete(id);
    return true;
  }

  consume(room: number, take: (delivery: Delivery<E>) => void): Consumption {
    const consumer = new Consumer<E>(this, room, take);
    this.consumers.push(consumer);
    this.owner.wake(this);
    return consumer;
  }

  /** Gives what waits to those that have room, the oldest first. */
  handOut(): void {
    for (let message = this.waiting.first; message; message = this.waiting.first) {
      const consumer = this.nextWithRoom();
      if (!consumer || !this.owner.mayHandOut(this)) return;
      this.takeWaiting(message);
      this.hand(message, consumer);
    }
  }

  close(): void {
    this.consumers.length = 0;
  }

  /** One of the consumers is done with it. */
  forget(message: Message<E>): void {
    this.known.delete(message.id);
  }

  /** Back to the front, where the oldest stand. */
  putBack(message: Message<E>): void {
    this.waiting.addFirst(message);
    this.waits++;
    this.owner.wake(this);
  }

  roomChanged(): void {
    if (this.waiting.first) this.owner.wake(this);
  }

  removeConsumer(consumer: Consumer<E>): void {
    const place = this.consumers.indexOf(consumer);
    if (place >= 0) this.consumers.splice(place, 1);
  }

  private hand(message: Message<E>, consumer: Consumer<E>): void {
    try {
      message.make();
    } catch (fault) {
      // Set aside once and reported: what cannot be made must not stop what is behind it.
      this.forget(message);
      return this.owner.fault(fault);
    }
    const delivery = consumer.receive(message);
    this.onTaken(message.id);
    try {
      consumer.take(delivery);
    } catch (fault) {
      this.owner.fault(fault);
    }
  }

  private takeWaiting(message: Message<E>): void {
    this.waiting.remove(message);
    this.waits--;
  }

  /** Looks at each consumer once: they are few, one for each WorkerManager of the process. */
  private nextWithRoom(): Consumer<E> | undefined {
    for (let looked = 0; looked < this.consumers.length; looked++) {
      this.turn = this.turn + 1 < this.consumers.length ? this.turn + 1 : 0;
      const consumer = this.consumers[this.turn];
      if (consumer?.hasRoom) return consumer;
    }
    return undefined;
  }
}

class Message<E> implements Linked<Message<E>> {
  previous: Message<E> | undefined;
  next: Message<E> | undefined;
  readonly id: string;
  deliveries = 0;
  private reference: Reference<E>;
  /** Made for the first delivery and kept for the later ones: they are the same message. */
  private made: E | undefined;

  constructor(id: string, reference: Reference<E>) {
    this.id = id;
    this.reference = reference;
  }

  replace(reference: Reference<E>): void {
    this.reference = reference;
    this.made = undefined;
  }

  make(): E {
    return (this.made ??= deepFreeze(this.reference.envelope()));
  }
}

class Consumer<E> implements Consumption {
  readonly take: (delivery: Delivery<E>) => void;
  private readonly queue: MessageQueue<E>;
  private readonly inHand = new LinkedList<InHand<E>>();
  private room: number;
  private isPaused = false;
  private isStopped = false;

  constructor(queue: MessageQueue<E>, room: number, take: (delivery: Delivery<E>) => void) {
    this.queue = queue;
    this.room = room;
    this.take = take;
  }

  get hasRoom(): boolean {
    return this.room > 0 && !this.isPaused;
  }

  receive(message: Message<E>): Delivery<E> {
    const inHand = new InHand(this, message, message.make(), ++message.deliveries);
    this.room--;
    this.inHand.addLast(inHand);
    return inHand;
  }

  finish(inHand: InHand<E>): void {
    this.queue.forget(inHand.message);
    this.letGo(inHand);
  }

  putBack(inHand: InHand<E>): void {
    this.queue.putBack(inHand.message);
    this.letGo(inHand);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.queue.roomChanged();
  }

  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.queue.removeConsumer(this);
    // The last first: so the oldest is the one that stands in front.
    for (let inHand = this.inHand.last; inHand; inHand = this.inHand.last) inHand.release();
  }

  private letGo(inHand: InHand<E>): void {
    this.inHand.remove(inHand);
    this.room++;
    this.queue.roomChanged();
  }
}

class InHand<E> implements Delivery<E>, Linked<InHand<E>> {
  readonly envelope: E;
  readonly delivery: number;
  readonly message: Message<E>;
  previous: InHand<E> | undefined;
  next: InHand<E> | undefined;
  private readonly consumer: Consumer<E>;
  isHeld = true;

  constructor(consumer: Consumer<E>, message: Message<E>, envelope: E, delivery: number) {
    this.consumer = consumer;
    this.message = message;
    this.envelope = envelope;
    this.delivery = delivery;
  }

  ack(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.consumer.finish(this);
  }

  release(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.consumer.putBack(this);
  }
}
