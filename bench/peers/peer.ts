/** What the bench asks of a peer: the order saga, one at a time or many, and proof of what was done. */
import type { Order } from "../order.ts";

export interface Peer {
  /** From its start until its end is durable and known to the caller. Gives the milliseconds that count as its time. */
  readonly saga: (order: Order) => Promise<number>;
  /** Left out: `saga` is what lies in the lanes under load, too. */
  readonly sagaUnderLoad?: (order: Order) => Promise<unknown>;
  /** Asked of the server or the connection that wrote, not of what it was told. */
  readonly durability: () => Promise<Readonly<Record<string, string>>>;
  /** What lies in the peer's own store. */
  readonly stored: () => Promise<Work>;
  readonly stop: () => Promise<void>;
}

export interface Work {
  readonly sagas: number;
  readonly steps: number;
}

export interface Given<Options> {
  readonly options: Options;
  /** Of the servers that the bench has started for it. */
  readonly ports: Readonly<Record<string, number>>;
  /** Its own, removed afterwards. */
  readonly folder: string;
  /** To be called by every step when it runs: gives what the step returns. */
  readonly step: (name: string, orderId: string) => Promise<object>;
}

export type OpenPeer<Options> = (given: Given<Options>) => Promise<Peer>;
