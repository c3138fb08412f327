/**
 * The order as it arrives: the input of the workflow, given to every step. Read once, at the edge, field by field;
 * inside, its types are trusted. `hiccups` and `slow` are what makes this an example: they tell the workers how to
 * misbehave, so that every trouble is real and happens again in the same way.
 */
import type { Json } from "clew";

export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
  /** In cents. */
  readonly unitPrice: number;
}

/**
 * What becomes of the first attempt of process_payment, which always books the charge before it is late:
 * - `late`: answers shortly after its time, while the retry still waits
 * - `overtaken`: answers after a later attempt has given the stored result
 * - `silent`: never answers
 */
const slownesses = ["late", "overtaken", "silent"] as const;
export type Slowness = (typeof slownesses)[number];

export interface Order {
  readonly orderId: string;
  readonly placedAt: string;
  readonly customer: { readonly name: string; readonly email: string };
  readonly lines: readonly OrderLine[];
  /** In cents: the sum of the lines. */
  readonly total: number;
  readonly currency: "EUR";
  /** The payment provider's token of a card; it refuses those that begin with `tok_declined`. */
  readonly card: string;
  readonly address: {
    readonly street: string;
    readonly postcode: string;
    readonly city: string;
    /** Two letters; no carrier goes to Antarctica, `AQ`. */
    readonly country: string;
  };
  readonly note?: string;
  /** For a worker's name: how many of its first attempts fail before one works. */
  readonly hiccups?: Readonly<Record<string, number>>;
  readonly slow?: Slowness;
}

/** An order that cannot be read; the message names the field. */
export class UnreadableOrder extends Error {
  constructor(path: string, mend: string) {
    super(`${path} must be ${mend}`);
    this.name = "UnreadableOrder";
  }
}

const longestText = 200;
const mostLines = 20;
const mostPieces = 100;
/** 10,000,000.00: sums of any number of orders that fit on a disk stay exact. */
const highestPrice = 1_000_000_000;

export function readOrder(input: Json): Order {
  const order = object(input, "order");
  const customer = object(order["customer"], "customer");
  const address = object(order["address"], "address");
  const lines = list(order["lines"], "lines").map(readLine);
  if (new Set(lines.map((line) => line.sku)).size < lines.length)
    throw new UnreadableOrder("lines", "one for each sku");
  const total = whole(order["total"], "total", highestPrice);
  const sum = lines.reduce((so, line) => so + line.quantity * line.unitPrice, 0);
  if (total !== sum) throw new UnreadableOrder("total", `the sum of the lines, ${sum}`);
  return {
    orderId: text(order["orderId"], "orderId", /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
    placedAt: text(order["placedAt"], "placedAt"),
    customer: {
      name: text(customer["name"], "customer.name"),
      email: text(customer["email"], "customer.email", /^[^@\s]+@[^@\s]+$/),
    },
    lines,
    total,
    currency: oneOf(order["currency"], "currency", ["EUR"] as const),
    card: text(order["card"], "card", /^tok_[a-z0-9_]+$/),
    address: {
      street: text(address["street"], "address.street"),
      postcode: text(address["postcode"], "address.postcode"),
      city: text(address["city"], "address.city"),
      country: text(address["country"], "address.country", /^[A-Z]{2}$/),
    },
    ...(order["note"] === undefined ? {} : { note: text(order["note"], "note") }),
    ...(order["hiccups"] === undefined ? {} : { hiccups: readHiccups(order["hiccups"]) }),
    ...(order["slow"] === undefined ? {} : { slow: oneOf(order["slow"], "slow", slownesses) }),
  };
}

function readLine(input: Json, at: number): OrderLine {
  const path = `lines[${at}]`;
  const line = object(input, path);
  return {
    sku: text(line["sku"], `${path}.sku`, /^[a-z0-9][a-z0-9-]*$/),
    quantity: whole(line["quantity"], `${path}.quantity`, mostPieces),
    unitPrice: whole(line["unitPrice"], `${path}.unitPrice`, highestPrice),
  };
}

function readHiccups(input: Json): Record<string, number> {
  const entries = Object.entries(object(input, "hiccups"));
  return Object.fromEntries(entries.map(([worker, times]) => [worker, whole(times, `hiccups.${worker}`, 10)]));
}

type Fields = { readonly [name: string]: Json };

function object(value: Json | undefined, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new UnreadableOrder(path, "an object");
  return value as Fields;
}

function list(value: Json | undefined, path: string): readonly Json[] {
  if (Array.isArray(value) && value.length >= 1 && value.length <= mostLines) return value as readonly Json[];
  throw new UnreadableOrder(path, `a list of 1 to ${mostLines}`);
}

function whole(value: Json | undefined, path: string, highest: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= highest) return value;
  throw new UnreadableOrder(path, `a whole number from 1 to ${highest}`);
}

function text(value: Json | undefined, path: string, pattern = /\S/): string {
  if (typeof value === "string" && value.length <= longestText && pattern.test(value)) return value;
  throw new UnreadableOrder(path, `a text of at most ${longestText} characters that matches ${pattern.source}`);
}

function oneOf<T extends string>(value: Json | undefined, path: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new UnreadableOrder(path, `one of ${choices.join(", ")}`);
  return found;
}
