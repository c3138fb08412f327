/**
 * One queue of the in-process bus: the commands of one worker type, or the results for one home. A message waits, or
 * is in the hands of one consumer, or is gone.
 *
 * 1. A message that waits is in `waiting`, one in hand is in its consumer's `inHand`. A command is in `known`, too, by id,
 *    and so it is in the queue once, however often it is published before it is acknowledged. A result that comes twice
 *    changes nothing, and so nobody looks for it.
 * 2. `handOut` is called by the bus alone, never from inside one of the calls below: they only ask for it (`wake`).
 * 3. A delivery that is no longer held (acknowledged, released, its consumer stopped) changes nothing any more, so
 *    whoever was given the message next cannot lose it to the one before.
 */
import { assert } from "../../base/errors.ts";
import { deepFreeze } from "../../base/json.ts";
import type { Consumption, Delivery } from "../event-bus.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

/** What has something to hand out, when the bus gets to it. */
export interface HandsOut {
  /** Written by the bus. */
  isWoken: boolean;
  handOut(): void;
}

export interface HandsByAge extends HandsOut {
  readonly oldest: number;
}

/** What a queue needs of the bus that it belongs to. */
export interface QueueOwner {
  /** Asks for `handOut`, later. */
  wake(queue: HandsOut): void;
  /** Whether one more may be handed out now; where not, the queue is woken when it may be again. */
  mayHandOut(queue: HandsByAge): boolean;
  /** A consumer is done with a message, or has given it back. */
  letGo(): void;
  fault(fault: unknown): void;
}

/** Of several queues together: how many messages wait, how many consumers have, and how many there ever were. */
export interface Tally {
  waiting: number;
  inHand: number;
  put: number;
}

/** A message by reference; `envelope` is asked for when somebody takes it. */
export interface Reference<E> {
  envelope(): E;
  taken?(): void;
}

export class MessageQueue<E> implements HandsByAge {
  isWoken = false;
  private readonly owner: QueueOwner;
  private readonly tally: Tally;
  private readonly waiting = new LinkedList<Message<E>>();
  private readonly known = new Map<string, Message<E>>();
  private waits = 0;
  private readonly consumers: Consumer<E>[] = [];
  /** Whose turn it is, so that consumers with room get messages by turns. */
  private turn = 0;

  constructor(owner: QueueOwner, tally: Tally) {
    this.owner = owner;
    this.tally = tally;
  }

  get waitingCount(): number {
    return this.waits;
  }

  /** When the oldest that waits was put, counted over all queues of the tally. */
  get oldest(): number {
    return this.waiting.first?.order ?? Infinity;
  }

  get consumerCount(): number {
    return this.consumers.length;
  }

  knows(id: string): boolean {
    return this.known.has(id);
  }

  /** A message that is known already keeps its place; the newer reference may know more, so it is the one kept. */
  put(id: string, reference: Reference<E>): void {
    const same = this.known.get(id);
    if (same) return same.replace(reference);
    this.add(new Message(this, id, ++this.tally.put, reference, undefined, 1));
  }

  /** One whose envelope is there already, and that nobody will look for by its id. */
  putMade(envelope: E): void {
    this.add(new Message(this, undefined, ++this.tally.put, undefined, deepFreeze(envelope), 1));
  }

  /** Takes a message back that nobody ever had; one that was put back was in somebody's hands before. */
  withdraw(id: string): boolean {
    const message = this.known.get(id);
    if (!message || message.consumer || message.delivery > 1) return false;
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
    if (message.id !== undefined) this.known.delete(message.id);
  }

  /** Back to the front, where the oldest stand; as another one, on which its former holder has no hold. */
  putBack(message: Message<E>): void {
    const next = message.again();
    if (next.id !== undefined) this.known.set(next.id, next);
    this.waiting.addFirst(next);
    this.counts(1);
    this.owner.wake(this);
  }

  roomChanged(): void {
    if (this.waiting.first) this.owner.wake(this);
  }

  letGo(): void {
    this.tally.inHand--;
    this.owner.letGo();
    this.roomChanged();
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
    this.tally.inHand++;
    consumer.receive(message);
    try {
      message.taken();
    } catch (fault) {
      this.owner.fault(fault);
    }
    try {
      consumer.take(message);
    } catch (fault) {
      this.owner.fault(fault);
    }
  }

  private add(message: Message<E>): void {
    if (message.id !== undefined) this.known.set(message.id, message);
    this.waiting.addLast(message);
    this.counts(1);
    this.owner.wake(this);
  }

  private takeWaiting(message: Message<E>): void {
    this.waiting.remove(message);
    this.counts(-1);
  }

  private counts(more: 1 | -1): void {
    this.waits += more;
    this.tally.waiting += more;
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

/** It waits, or is in the hands of a consumer, or was: then it changes nothing any more, and who has it holds nothing. */
class Message<E> implements Linked<Message<E>>, Delivery<E> {
  previous: Message<E> | undefined;
  next: Message<E> | undefined;
  /** Of a command: by which it is known. */
  readonly id: string | undefined;
  readonly order: number;
  readonly delivery: number;
  /** In whose hands it is. */
  consumer: Consumer<E> | undefined;
  private readonly queue: MessageQueue<E>;
  private reference: Reference<E> | undefined;
  /** Published while it was in hand: for the next delivery. */
  private newer: Reference<E> | undefined;
  /** Made for the first delivery and kept for the later ones: they are the same message. */
  private made: E | undefined;

  constructor(
    queue: MessageQueue<E>,
    id: string | undefined,
    order: number,
    reference: Reference<E> | undefined,
    made: E | undefined,
    delivery: number,
  ) {
    this.previous = undefined;
    this.next = undefined;
    this.consumer = undefined;
    this.queue = queue;
    this.id = id;
    this.order = order;
    this.reference = reference;
    this.newer = undefined;
    this.made = made;
    this.delivery = delivery;
  }

  get envelope(): E {
    return this.make();
  }

  get isHeld(): boolean {
    return this.consumer !== undefined;
  }

  replace(reference: Reference<E>): void {
    if (this.consumer) {
      this.newer = reference;
    } else {
      this.reference = reference;
      this.made = undefined;
    }
  }

  /** For its next delivery. */
  again(): Message<E> {
    const { queue, id, order, newer, reference, made, delivery } = this;
    return newer
      ? new Message(queue, id, order, newer, undefined, delivery + 1)
      : new Message(queue, id, order, reference, made, delivery + 1);
  }

  taken(): void {
    this.reference?.taken?.();
  }

  make(): E {
    if (this.made === undefined) {
      assert(this.reference, "a message has an envelope, or can make one");
      this.made = deepFreeze(this.reference.envelope());
    }
    return this.made;
  }

  ack(): void {
    const { consumer } = this;
    if (!consumer) return;
    this.queue.forget(this);
    consumer.letGo(this);
  }

  release(): void {
    const { consumer } = this;
    if (!consumer) return;
    this.queue.putBack(this);
    consumer.letGo(this);
  }
}

class Consumer<E> implements Consumption {
  readonly take: (delivery: Delivery<E>) => void;
  private readonly queue: MessageQueue<E>;
  private readonly inHand = new LinkedList<Message<E>>();
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

  receive(message: Message<E>): void {
    message.consumer = this;
    this.room--;
    this.inHand.addLast(message);
  }

  letGo(message: Message<E>): void {
    message.consumer = undefined;
    this.inHand.remove(message);
    this.room++;
    this.queue.letGo();
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
    for (let message = this.inHand.last; message; message = this.inHand.last) message.release();
  }
}
