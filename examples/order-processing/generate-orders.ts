/**
 * Writes the example's 1,000 orders, and what must become of each: `node generate-orders.ts`.
 *
 * All is drawn from one seed, so the same files come out on every machine. The troubles below are dealt in exact
 * numbers, not by chance, and shuffled over the orders. Whether an order completes depends on the order alone: not
 * on time, not on its place in the file, not on how many run at once.
 */
import { writeFileSync } from "node:fs";
import { onShelf, soldOut } from "./catalogue.ts";
import type { Order, OrderLine, Slowness } from "./order.ts";

export type Expected = "completed" | "compensated";

export interface OrderSet {
  readonly orders: readonly Order[];
  readonly expected: Readonly<Record<string, Expected>>;
}

/** What is wrong with an order. The three obstacles turn its run back; the rest is healed by a retry. */
interface Trouble {
  readonly obstacle?: "declined" | "sold_out" | "unreachable";
  readonly hiccups?: Readonly<Record<string, number>>;
  readonly slow?: Slowness;
}

const seed = 20260301;
const size = 1000;

const dealt: readonly (readonly [count: number, trouble: Trouble])[] = [
  [52, { obstacle: "declined" }],
  [30, { obstacle: "sold_out" }],
  [16, { obstacle: "unreachable" }],
  // A first attempt that fails without an effect; the second works.
  [8, { hiccups: { validate_order: 1 } }],
  [8, { hiccups: { check_inventory: 1 } }],
  [8, { hiccups: { process_payment: 1 } }],
  [6, { hiccups: { generate_order_confirmation: 1 } }],
  [6, { hiccups: { fulfill_order: 1 } }],
  [6, { hiccups: { notify_customer: 1 } }],
  // The whole budget of three attempts is needed.
  [4, { hiccups: { process_payment: 2 } }],
  [2, { hiccups: { check_inventory: 1, process_payment: 1, fulfill_order: 2 } }],
  // The charge is booked in time and its answer comes after the timeout, or never.
  [8, { slow: "late" }],
  [4, { slow: "overtaken" }],
  [1, { slow: "silent" }],
  // Troubles that meet: an order that goes back through retries, late charges that must be refunded.
  [3, { obstacle: "declined", hiccups: { process_payment: 1 } }],
  [2, { obstacle: "sold_out", hiccups: { check_inventory: 2 } }],
  [1, { obstacle: "declined", slow: "late" }],
  [1, { obstacle: "unreachable", slow: "late" }],
  [1, { obstacle: "unreachable", slow: "overtaken" }],
  [2, { obstacle: "unreachable", hiccups: { fulfill_order: 1 } }],
  // Compensations that need more than one try.
  [2, { obstacle: "unreachable", hiccups: { refund_payment: 1 } }],
  [2, { obstacle: "declined", hiccups: { release_inventory: 1 } }],
  [1, { obstacle: "unreachable", hiccups: { refund_payment: 2, release_inventory: 1 } }],
];

export function generateOrders(): OrderSet {
  const draw = new Draw(seed);
  const troubles = draw.shuffled(deal());
  const orders = troubles.map((trouble, at) => makeOrder(draw, at + 1, trouble));
  const fates = troubles.map((trouble): Expected => (trouble.obstacle ? "compensated" : "completed"));
  return { orders, expected: Object.fromEntries(orders.map((order, at) => [order.orderId, fates[at] ?? "completed"])) };
}

function deal(): Trouble[] {
  const troubled = dealt.flatMap(([count, trouble]) => Array.from({ length: count }, () => trouble));
  return [...troubled, ...Array.from({ length: size - troubled.length }, () => ({}))];
}

function makeOrder(draw: Draw, number: number, { obstacle, hiccups, slow }: Trouble): Order {
  const first = draw.one(firstNames);
  const last = draw.one(lastNames);
  const lines = makeLines(draw, obstacle === "sold_out");
  const [country, city, postcode] = draw.one(obstacle === "unreachable" ? stations : towns);
  const card = `${obstacle === "declined" ? "tok_declined" : draw.one(cards)}_${draw.hex(8)}`;
  const placedAt = new Date(Date.UTC(2026, 2, 1, 6) + number * 83_000 + draw.below(60) * 1000);
  return {
    orderId: `order-${String(number).padStart(4, "0")}`,
    placedAt: placedAt.toISOString(),
    customer: { name: `${first} ${last}`, email: `${first}.${last}.${number}@example.com`.toLowerCase() },
    lines,
    total: lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0),
    currency: "EUR",
    card,
    address: { street: `${draw.one(streets)} ${1 + draw.below(120)}`, postcode, city, country },
    note: draw.one(lines.length > 1 ? shortNotes : longNotes),
    ...(hiccups ? { hiccups } : {}),
    ...(slow ? { slow } : {}),
  };
}

/** One to three products; where the order asks for what is sold out, that comes last, after others were reserved. */
function makeLines(draw: Draw, soldOutToo: boolean): OrderLine[] {
  const products = draw.shuffled(onShelf).slice(0, 1 + draw.below(soldOutToo ? 2 : 3));
  if (soldOutToo) products.push(draw.one(soldOut));
  return products.map(({ sku, price }) => ({ sku, quantity: 1 + draw.below(3), unitPrice: price }));
}

/** A small seeded source of chance (mulberry32): good enough to shuffle orders, the same everywhere. */
class Draw {
  private state: number;

  constructor(from: number) {
    this.state = from;
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.below(16).toString(16)).join("");
  }

  shuffled<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
    }
    return shuffled;
  }
}

const firstNames = [
  "Ada",
  "Boris",
  "Chiara",
  "Dalia",
  "Emil",
  "Farah",
  "Goran",
  "Hanna",
  "Ivo",
  "Jana",
  "Kofi",
  "Lene",
];
const lastNames = ["Almeida", "Bakker", "Conti", "Dvorak", "Eriksen", "Fischer", "Garcia", "Horvat", "Ito", "Jansen"];
const streets = ["Lindenallee", "Rua do Sol", "Via Roma", "Keizersgracht", "Am Hang", "Rue du Lac", "Calle Mayor"];
const cards = ["tok_visa", "tok_mastercard", "tok_maestro", "tok_amex"];
type Place = readonly [country: string, city: string, postcode: string];
const towns: readonly Place[] = [
  ["DE", "Leipzig", "04109"],
  ["PT", "Porto", "4000-099"],
  ["IT", "Bologna", "40121"],
  ["NL", "Utrecht", "3511"],
  ["AT", "Graz", "8010"],
  ["FR", "Nantes", "44000"],
  ["ES", "Sevilla", "41001"],
];
const stations: readonly Place[] = [
  ["AQ", "Neumayer III", "BIRT 1ZZ"],
  ["AQ", "Concordia", "BIRT 1ZZ"],
];
const shortNotes = ["No ribbon, please.", "It is a gift.", "Ring twice.", "Leave it with the neighbours."];
const longNotes = [
  "It is a gift: please leave the invoice out of the parcel and write the card by hand.",
  "The bell does not work; knock at the green door in the yard, or leave it with the bakery.",
  "Please pack it without plastic, and put in the leaflet about brewing if there is one.",
];

/** One JSON object a line, as `clew run -i @orders.jsonl` reads it. */
export const ordersText = ({ orders }: OrderSet): string =>
  orders.map((order) => `${JSON.stringify(order)}\n`).join("");
export const expectedText = ({ expected }: OrderSet): string => `${JSON.stringify(expected, null, 2)}\n`;

if (import.meta.main) {
  const set = generateOrders();
  writeFileSync(new URL("orders.jsonl", import.meta.url), ordersText(set));
  writeFileSync(new URL("orders.expected.json", import.meta.url), expectedText(set));
}
