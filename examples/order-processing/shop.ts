/**
 * The shop's books in its own SQLite file: stock, orders, money, paper. Each method is what one worker does, made to
 * be called inside one transaction together with the effect ledger's look-up and row; none opens or ends one. A
 * `Refusal` is thrown before anything stands, and whoever called rolls back.
 *
 * One connection, used by one thread. SQLite flushes at each commit (`synchronous=FULL`), so a killed process leaves
 * either all of an effect or nothing.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { catalogue } from "./catalogue.ts";
import type { Order, OrderLine } from "./order.ts";

export const defaultShopFile = ".clew/shop.db";

/** The shop says no: nothing was done, and asking again would not help. */
export class Refusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "Refusal";
    this.code = code;
  }
}

export class Shop {
  readonly connection: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.connection = connection;
  }

  /** Takes the order into the books, once: another run with the same order is refused. */
  accept(key: string, order: Order): { readonly fingerprint: string } {
    if (this.row("SELECT 1 FROM customer_order WHERE order_id = ?", order.orderId))
      throw new Refusal("order_known", `order ${order.orderId} was accepted before`);
    for (const line of order.lines) this.checkPrice(line);
    const hiccups = JSON.stringify(order.hiccups ?? {});
    const fingerprint = fingerprintOf(order, hiccups);
    this.run(
      "INSERT INTO customer_order VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...[order.orderId, key, order.customer.email, order.total],
      ...[order.card, order.address.country, hiccups, fingerprint],
    );
    for (const line of order.lines)
      this.run("INSERT INTO order_line VALUES (?, ?, ?, ?)", order.orderId, line.sku, line.quantity, line.unitPrice);
    return { fingerprint };
  }

  /** Takes the lines from the shelf and holds them for the order: all of them or none. */
  reserve(key: string, order: Order): void {
    this.run("INSERT INTO reservation (key, order_id) VALUES (?, ?)", key, order.orderId);
    for (const { sku, quantity } of order.lines) {
      const taken = this.run("UPDATE stock SET on_hand = on_hand - ?1 WHERE sku = ?2 AND on_hand >= ?1", quantity, sku);
      if (taken === 0) throw new Refusal("out_of_stock", `${quantity} of ${sku} are not on the shelf`);
      this.run("INSERT INTO reservation_line VALUES (?, ?, ?)", key, sku, quantity);
    }
  }

  /** Puts what was reserved under the key back on the shelf. */
  release(reservedUnder: string): void {
    const released = this.run(
      "UPDATE reservation SET state = 'released' WHERE key = ? AND state = 'held'",
      reservedUnder,
    );
    if (released === 0)
      throw new Refusal("already_shipped", `the goods held under ${reservedUnder} have left the house`);
    this.run(
      `UPDATE stock SET on_hand = on_hand + line.quantity
       FROM reservation_line AS line WHERE line.reservation = ? AND line.sku = stock.sku`,
      reservedUnder,
    );
  }

  charge(key: string, order: Order): { readonly payment: number } {
    if (order.card.startsWith("tok_declined"))
      throw new Refusal("card_declined", `the provider declined ${order.card}`);
    const payment = this.insert("INSERT INTO posting (key, order_id) VALUES (?, ?)", key, order.orderId);
    this.book(payment, order.total);
    return { payment };
  }

  /** Gives back what was charged under the key. */
  refund(key: string, chargedUnder: string): void {
    const charge = this.row(
      `SELECT number, order_id, amount FROM posting JOIN entry ON posting = number AND account = 'cash'
       WHERE key = ? AND refunds IS NULL`,
      chargedUnder,
    );
    if (!charge) throw new Error(`nothing was charged under ${chargedUnder}`);
    const refund = this.insert(
      "INSERT INTO posting (key, order_id, refunds) VALUES (?, ?, ?)",
      ...[key, String(charge["order_id"]), Number(charge["number"])],
    );
    this.book(refund, -Number(charge["amount"]));
  }

  confirm(key: string, order: Order): { readonly confirmation: number } {
    const insert = "INSERT INTO confirmation (key, order_id, total) VALUES (?, ?, ?)";
    return { confirmation: this.insert(insert, key, order.orderId, order.total) };
  }

  /** Hands what is held for the order to a carrier. */
  ship(key: string, order: Order): { readonly shipment: number } {
    const { country } = order.address;
    if (country === "AQ") throw new Refusal("address_unreachable", `no carrier goes to ${country}`);
    const held = this.row("SELECT key FROM reservation WHERE order_id = ? AND state = 'held'", order.orderId);
    if (!held) throw new Refusal("nothing_reserved", `nothing is held for order ${order.orderId}`);
    const shipment = this.insert(
      "INSERT INTO shipment (key, order_id, country) VALUES (?, ?, ?)",
      ...[key, order.orderId, country],
    );
    this.run(
      "INSERT INTO shipment_line SELECT ?, sku, quantity FROM reservation_line WHERE reservation = ?",
      ...[shipment, String(held["key"])],
    );
    this.run("UPDATE reservation SET state = 'shipped' WHERE key = ?", String(held["key"]));
    return { shipment };
  }

  notify(key: string, order: Order): { readonly notification: number; readonly subject: string } {
    const subject = `Your order ${order.orderId} is on its way`;
    const notification = this.insert(
      "INSERT INTO notification (key, order_id, recipient, subject) VALUES (?, ?, ?, ?)",
      ...[key, order.orderId, order.customer.email, subject],
    );
    return { notification, subject };
  }

  /** Money comes in as cash and goes out of sales, or the reverse; each posting sums to 0. */
  private book(posting: number, amount: number): void {
    for (const [account, change] of [["cash", amount] as const, ["sales", -amount] as const]) {
      this.run("INSERT INTO entry VALUES (?, ?, ?)", posting, account, change);
      this.run("UPDATE account SET balance = balance + ? WHERE code = ?", change, account);
    }
  }

  private checkPrice({ sku, unitPrice }: OrderLine): void {
    const product = this.row("SELECT price FROM product WHERE sku = ?", sku);
    if (!product) throw new Refusal("sku_unknown", `the shop sells no ${sku}`);
    const price = Number(product["price"]);
    if (price !== unitPrice) throw new Refusal("price_changed", `${sku} costs ${price} now`);
  }

  private run(sql: string, ...values: (string | number)[]): number {
    return Number(this.prepared(sql).run(...values).changes);
  }

  private insert(sql: string, ...values: (string | number)[]): number {
    return Number(this.prepared(sql).run(...values).lastInsertRowid);
  }

  private row(sql: string, ...values: (string | number)[]): Record<string, unknown> | undefined {
    return this.prepared(sql).get(...values);
  }

  private prepared(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.connection.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

/** What was accepted, in one figure: validate_order answers it, and the proof computes it again from the rows. */
function fingerprintOf(order: Order, hiccups: string): string {
  const lines = order.lines.map((line) => [line.sku, line.quantity, line.unitPrice]).sort(bySku);
  const facts = [order.orderId, order.customer.email, order.total, order.card, order.address.country, hiccups, lines];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

const bySku = ([a]: readonly unknown[], [b]: readonly unknown[]): number => (String(a) < String(b) ? -1 : 1);

/** Opens the shop's file; a new one gets its tables and full shelves. Readable by its owner only. */
export function openShop(file: string): Shop {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite would make the file with the process's umask; its companions (-wal, -shm) take after it.
  closeSync(openSync(file, "a", 0o600));
  const connection = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true });
  connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  furnish(connection);
  return new Shop(connection);
}

/** All or nothing, and once: two processes that open a new file at the same time wait for each other here. */
function furnish(connection: DatabaseSync): void {
  connection.exec("BEGIN IMMEDIATE");
  try {
    if (connection.prepare("PRAGMA user_version").get()?.["user_version"] === 0) {
      connection.exec(readFileSync(new URL("schema.sql", import.meta.url), "utf8"));
      const product = connection.prepare("INSERT INTO product VALUES (?, ?, ?)");
      const stock = connection.prepare("INSERT INTO stock VALUES (?, ?)");
      for (const { sku, price, initial } of catalogue) {
        product.run(sku, price, initial);
        stock.run(sku, initial);
      }
      connection.exec("PRAGMA user_version = 1");
    }
    connection.exec("COMMIT");
  } catch (error) {
    connection.exec("ROLLBACK");
    throw error;
  }
}
