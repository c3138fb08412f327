/** What the eight workers do in the shop, and what they answer. The proof compares the answers with the books. */
import { setTimeout as delay } from "node:timers/promises";
import { succeeded, type Worker, worker } from "clew";
import { Desk } from "./desk.ts";
import type { Order } from "./order.ts";
import type { Shop } from "./shop.ts";
import { type Pause, slowly } from "./slowness.ts";
import { noTrace, type Trace } from "./trace.ts";

/** How many commands each worker takes at a time. */
const room = 16;
/** More for payments: a slow one holds its place for its whole timeout, and must not stand in the others' way. */
const paymentRoom = 32;

export interface ShopWorkersOptions {
  readonly trace?: Trace;
  /** Waits; tests give their own. */
  readonly pause?: Pause;
}

export function shopWorkers(shop: Shop, { trace = noTrace, pause = delay }: ShopWorkersOptions = {}): Worker[] {
  const desk = new Desk(shop, trace);

  const validate = desk.effect("validate_order", (order, key) => {
    const { fingerprint } = shop.accept(key, order);
    return { fingerprint, lines: order.lines.length, orderId: order.orderId, total: order.total };
  });

  const reserve = desk.effect("check_inventory", (order, key) => {
    shop.reserve(key, order);
    return succeeded({ orderId: order.orderId, pieces: piecesOf(order) }, { reservation: key });
  });

  const release = desk.undo("release_inventory", (reservedUnder) => shop.release(reservedUnder));

  const charge = desk.effect("process_payment", (order, key) => {
    const { payment } = shop.charge(key, order);
    return succeeded({ charged: order.total, orderId: order.orderId, payment }, { payment });
  });

  const refund = desk.undo("refund_payment", (chargedUnder, key) => shop.refund(key, chargedUnder));

  const confirm = desk.effect("generate_order_confirmation", (order, key) => {
    const { confirmation } = shop.confirm(key, order);
    return { confirmation, orderId: order.orderId, total: order.total };
  });

  const fulfill = desk.effect("fulfill_order", (order, key) => {
    const { shipment } = shop.ship(key, order);
    return { country: order.address.country, orderId: order.orderId, shipment };
  });

  const notify = desk.effect("notify_customer", (order, key) => {
    const { notification, subject } = shop.notify(key, order);
    return { notification, orderId: order.orderId, recipient: order.customer.email, subject };
  });

  return [
    worker("validate_order", validate, { room }),
    worker("check_inventory", reserve, { room }),
    worker("release_inventory", release, { room }),
    worker("process_payment", slowly(charge, pause), { room: paymentRoom }),
    worker("refund_payment", refund, { room }),
    worker("generate_order_confirmation", confirm, { room }),
    worker("fulfill_order", fulfill, { room }),
    worker("notify_customer", notify, { room }),
  ];
}

const piecesOf = (order: Order): number => order.lines.reduce((sum, line) => sum + line.quantity, 0);
