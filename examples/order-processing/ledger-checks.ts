/**
 * The questions that `ledger-proof.ts` puts to the workers' database, in SQL. Two of them compare sums; every one
 * names the rows that break it, so a check holds when its sums agree and it has no offender.
 *
 * Nothing here asks the engine: what became of an order is read from the shop's rows alone. The effect ledger's rows
 * lie in the same file and were written by the workers; they are compared with the shop's row by row, both ways, so
 * that no single row of any table can be changed, lost or added without one of these questions noticing.
 */
export interface LedgerCheck {
  readonly name: string;
  /** Two sums that must agree; without them, the number of offenders must be 0. */
  readonly expected?: string;
  readonly found?: string;
  /** Rows of one text: an order, a product, or a key. */
  readonly offenders: string;
}

/** What the questions are put to. Temporary, in memory: the file itself is only read. */
export const workTables = `
  -- A key is <run>/<step>, or <run>/<step>~2 where it had to be numbered.
  CREATE TEMP TABLE step (place INTEGER PRIMARY KEY, name TEXT, worker TEXT);
  INSERT INTO step VALUES
    (1, 'validate_order', 'validate_order'),
    (2, 'check_inventory', 'check_inventory'),
    (3, 'process_payment', 'process_payment'),
    (4, 'generate_confirmation', 'generate_order_confirmation'),
    (5, 'fulfill_order', 'fulfill_order'),
    (6, 'notify_customer', 'notify_customer');

  CREATE TEMP TABLE run AS
    SELECT order_id, substr(key, 1, instr(key, '/') - 1) AS run, hiccups FROM customer_order;
  CREATE INDEX temp.run_by_uid ON run (run);
  CREATE INDEX temp.run_by_order ON run (order_id);

  CREATE TEMP TABLE parsed AS
    WITH remembered AS (SELECT key FROM clew_effect UNION SELECT key FROM clew_refusal),
    cut AS (SELECT key, instr(key, '/') AS slash, key || '~' AS closed FROM remembered)
    SELECT key, substr(key, 1, slash - 1) AS run,
      (SELECT place FROM step WHERE name = substr(closed, slash + 1, instr(closed, '~') - slash - 1)) AS place
    FROM cut;
  CREATE UNIQUE INDEX temp.parsed_by_key ON parsed (key);

  CREATE TEMP TABLE effect AS
    SELECT key, state, output, undo, problem, iif(json_valid(problem), problem ->> 'code', problem) AS code, run, place
    FROM clew_effect JOIN parsed USING (key);
  CREATE INDEX temp.effect_by_step ON effect (run, place);
  CREATE UNIQUE INDEX temp.effect_by_key ON effect (key);

  -- What the workers did, each as it was answered.
  CREATE TEMP TABLE deed AS
    SELECT key, order_id, 1 AS place, 0 AS undone, NULL AS undo, json_object(
      'fingerprint', fingerprint,
      'lines', (SELECT count(*) FROM order_line AS line WHERE line.order_id = customer_order.order_id),
      'orderId', order_id, 'total', total) AS output
    FROM customer_order
    UNION ALL SELECT key, order_id, 2, state = 'released', json_object('reservation', key), json_object(
      'orderId', order_id,
      'pieces', (SELECT sum(quantity) FROM reservation_line WHERE reservation = key))
    FROM reservation
    UNION ALL SELECT key, order_id, 3,
      EXISTS (SELECT 1 FROM posting AS refund WHERE refund.refunds = posting.number),
      json_object('payment', number), json_object(
      'charged', (SELECT amount FROM entry WHERE posting = number AND account = 'cash'),
      'orderId', order_id, 'payment', number)
    FROM posting WHERE refunds IS NULL
    UNION ALL SELECT key, order_id, 4, 0, NULL,
      json_object('confirmation', number, 'orderId', order_id, 'total', total) FROM confirmation
    UNION ALL SELECT key, order_id, 5, 0, NULL,
      json_object('country', country, 'orderId', order_id, 'shipment', number) FROM shipment
    UNION ALL SELECT key, order_id, 6, 0, NULL,
      json_object('notification', number, 'orderId', order_id, 'recipient', recipient, 'subject', subject)
    FROM notification;
  CREATE INDEX temp.deed_by_key ON deed (key);

  -- Where each order stands in the shop's own rows. It is complete once its customer was told so.
  CREATE TEMP TABLE standing AS
    SELECT order_id, total,
      (SELECT coalesce(sum(amount), 0) FROM posting JOIN entry ON posting = number AND account = 'cash'
       WHERE posting.order_id = o.order_id) AS paid,
      (SELECT count(*) FROM reservation AS r WHERE r.order_id = o.order_id AND r.state = 'held') AS held,
      (SELECT count(*) FROM reservation AS r WHERE r.order_id = o.order_id AND r.state = 'shipped') AS gone,
      (SELECT count(*) FROM confirmation AS c WHERE c.order_id = o.order_id) AS confirmed,
      (SELECT count(*) FROM shipment AS s WHERE s.order_id = o.order_id) AS shipped,
      (SELECT count(*) FROM notification AS n WHERE n.order_id = o.order_id) AS notified
    FROM customer_order AS o;

  -- What stands in an order's way, by the order's own data: at which step, and as what it is refused.
  CREATE TEMP TABLE obstacle AS
    SELECT order_id, 2 AS place, 'out_of_stock' AS code
    FROM order_line JOIN product USING (sku) WHERE quantity > initial
    UNION SELECT order_id, 3, 'card_declined' FROM customer_order WHERE card GLOB 'tok_declined*'
    UNION SELECT order_id, 5, 'address_unreachable' FROM customer_order WHERE country = 'AQ';
  CREATE INDEX temp.obstacle_by_order ON obstacle (order_id, place);

  -- Attempts that the orders ask to be refused; more than 10 an order cannot ask for.
  CREATE TEMP TABLE hiccup AS
    WITH RECURSIVE asked AS (
      SELECT run, order_id, key AS worker, 1 AS attempt, min(value, 10) AS times
      FROM run, json_each(iif(json_valid(hiccups), hiccups, '{}'))
      UNION ALL SELECT run, order_id, worker, attempt + 1, times FROM asked WHERE attempt < times)
    SELECT run, order_id, place, attempt FROM asked JOIN step USING (worker);
  CREATE INDEX temp.hiccup_by_step ON hiccup (run, place, attempt);

  CREATE TEMP TABLE refusal AS
    SELECT key, attempt, run, place, retryable, iif(json_valid(problem), problem ->> 'code', problem) AS code
    FROM clew_refusal JOIN parsed USING (key);
  CREATE INDEX temp.refusal_by_step ON refusal (run, place, attempt);
`;

const complete = "notified > 0";
const wholly = "paid = total AND held = 0 AND gone = 1 AND confirmed = 1 AND shipped = 1 AND notified = 1";
const undone = "paid = 0 AND held = 0 AND gone = 0 AND shipped = 0 AND notified = 0";

export const counts = `
  SELECT count(*) AS seen, count(*) FILTER (WHERE ${wholly}) AS completed, count(*) FILTER (WHERE ${undone}) AS undone
  FROM standing`;

export const checks: readonly LedgerCheck[] = [
  {
    name: "charged minus refunded is the total of the completed orders (cents)",
    expected: `SELECT sum(total) FROM standing WHERE ${complete}`,
    found: "SELECT sum(amount) FROM entry WHERE account = 'cash'",
    offenders: `SELECT order_id FROM standing WHERE paid <> CASE WHEN ${complete} THEN total ELSE 0 END`,
  },
  {
    name: "reserved minus released is what was shipped (pieces)",
    expected: `
      SELECT (SELECT sum(quantity) FROM reservation_line) - (SELECT coalesce(sum(quantity), 0)
        FROM reservation_line JOIN reservation ON key = reservation WHERE state = 'released')`,
    found: "SELECT sum(quantity) FROM shipment_line",
    offenders: `
      WITH kept AS (
        SELECT order_id, sum(quantity) AS pieces FROM reservation_line JOIN reservation ON key = reservation
        WHERE state <> 'released' GROUP BY order_id),
      sent AS (
        SELECT order_id, sum(quantity) AS pieces FROM shipment_line JOIN shipment ON number = shipment
        GROUP BY order_id)
      SELECT order_id FROM standing LEFT JOIN kept USING (order_id) LEFT JOIN sent USING (order_id)
      WHERE kept.pieces IS NOT sent.pieces`,
  },
  {
    name: "every order is wholly completed or wholly undone",
    offenders: `SELECT order_id FROM standing WHERE NOT (${wholly}) AND NOT (${undone})`,
  },
  {
    name: "every posting moves money from one account to another and sums to 0",
    offenders: `
      SELECT 'posting ' || number FROM posting LEFT JOIN entry ON posting = number
      GROUP BY number HAVING count(amount) <> 2 OR sum(amount) <> 0`,
  },
  {
    name: "the accounts are cash and sales, each the sum of its entries",
    offenders: `
      SELECT code FROM account
      WHERE code NOT IN ('cash', 'sales')
        OR balance <> (SELECT coalesce(sum(amount), 0) FROM entry WHERE account = code)
      UNION ALL SELECT value FROM json_each('["cash", "sales"]') WHERE value NOT IN (SELECT code FROM account)`,
  },
  {
    name: "a refund gives back exactly its charge",
    offenders: `
      SELECT refund.key FROM posting AS refund LEFT JOIN posting AS charge ON charge.number = refund.refunds
      WHERE refund.refunds IS NOT NULL AND (charge.number IS NULL OR charge.refunds IS NOT NULL
        OR refund.order_id <> charge.order_id OR refund.key <> charge.key || '!undo'
        OR (SELECT amount FROM entry WHERE posting = refund.number AND account = 'cash')
          IS NOT (SELECT -amount FROM entry WHERE posting = charge.number AND account = 'cash'))`,
  },
  {
    name: "on the shelf is what was there at first, less what is held and what was shipped",
    offenders: `
      WITH held AS (
        SELECT sku, sum(quantity) AS pieces FROM reservation_line JOIN reservation ON key = reservation
        WHERE state = 'held' GROUP BY sku),
      shipped AS (SELECT sku, sum(quantity) AS pieces FROM shipment_line GROUP BY sku)
      SELECT coalesce(product.sku, stock.sku) FROM product FULL JOIN stock USING (sku)
        LEFT JOIN held USING (sku) LEFT JOIN shipped USING (sku)
      WHERE on_hand IS NOT initial - coalesce(held.pieces, 0) - coalesce(shipped.pieces, 0)`,
  },
  {
    name: "reservations and shipments hold exactly their order's lines",
    offenders: `
      WITH bundle AS (
        SELECT 'reservation ' || key AS name, key AS id, order_id FROM reservation
        UNION ALL SELECT 'shipment ' || number, number, order_id FROM shipment),
      packed AS (
        SELECT 'reservation ' || reservation AS name, sku, quantity FROM reservation_line
        UNION ALL SELECT 'shipment ' || shipment, sku, quantity FROM shipment_line),
      due AS (SELECT name, sku, quantity FROM bundle JOIN order_line USING (order_id))
      SELECT DISTINCT name FROM (
        SELECT * FROM (SELECT * FROM due EXCEPT SELECT * FROM packed)
        UNION ALL SELECT * FROM (SELECT * FROM packed EXCEPT SELECT * FROM due))`,
  },
  {
    name: "an order is what was accepted: its lines at the shop's prices, its total their sum",
    offenders: `
      SELECT order_id FROM customer_order AS o
      WHERE fingerprint <> fingerprint_of(order_id, email, total, card, country, hiccups,
          (SELECT json_group_array(json_array(sku, quantity, unit_price) ORDER BY sku)
           FROM order_line AS line WHERE line.order_id = o.order_id))
        OR total IS NOT (SELECT sum(quantity * unit_price) FROM order_line AS line WHERE line.order_id = o.order_id)
      UNION SELECT order_id FROM order_line LEFT JOIN product USING (sku) WHERE unit_price IS NOT price`,
  },
  {
    name: "every effect that the workers remember is in the books, and the reverse",
    offenders: `
      SELECT key FROM deed LEFT JOIN effect USING (key)
      WHERE effect.output IS NOT deed.output OR effect.undo IS NOT deed.undo OR effect.place IS NOT deed.place
        OR effect.state IS NOT iif(undone, 'undone', 'done') OR effect.problem IS NOT NULL
        OR effect.run IS NOT (SELECT run FROM run WHERE run.order_id = deed.order_id)
      UNION ALL SELECT key FROM effect WHERE state <> 'tombstone' AND key NOT IN (SELECT key FROM deed)
      UNION ALL SELECT key FROM effect WHERE state = 'tombstone' AND (output IS NOT NULL OR undo IS NOT NULL)`,
  },
  {
    name: "every run went from step to step",
    offenders: `
      SELECT key FROM effect LEFT JOIN run USING (run)
      WHERE place IS NULL
        OR order_id IS NULL AND NOT (place = 1 AND state = 'tombstone')
        OR place > 1 AND NOT EXISTS (
          SELECT 1 FROM effect AS before
          WHERE before.run = effect.run AND before.place = effect.place - 1 AND before.state <> 'tombstone')`,
  },
  {
    // A tombstone without a problem is an undo's that found nothing, as it may for a step in doubt. A shelf may also be
    // emptied by other orders. An order that validate_order refused is not in the books at all.
    name: "an order was stopped where it had to be, and nowhere else",
    offenders: `
      SELECT key FROM effect LEFT JOIN run USING (run) LEFT JOIN obstacle USING (order_id, place)
      WHERE state = 'tombstone' AND effect.code IS NOT obstacle.code
        AND NOT (effect.code IS NULL AND place IN (2, 3)) AND NOT (effect.code IS 'out_of_stock' AND place = 2)
        AND NOT (place = 1 AND order_id IS NULL AND json_valid(problem))
      UNION ALL SELECT order_id FROM obstacle JOIN run USING (order_id)
        JOIN effect AS before ON before.run = run.run AND before.place = obstacle.place - 1 AND before.state <> 'tombstone'
      WHERE NOT EXISTS (
        SELECT 1 FROM effect AS here
        WHERE here.run = run.run AND here.place = obstacle.place AND here.state = 'tombstone'
          AND here.code = obstacle.code)`,
  },
  {
    name: "attempts were refused where their orders asked for it, and nowhere else",
    offenders: `
      SELECT key || ', attempt ' || attempt FROM refusal LEFT JOIN hiccup USING (run, place, attempt)
      WHERE refusal.code <> 'hiccup' OR retryable <> 1
        OR order_id IS NULL AND (run IN (SELECT run FROM run) OR key NOT IN (SELECT key FROM effect WHERE place = 1))
      UNION ALL SELECT order_id || ', step ' || place || ', attempt ' || attempt
      FROM hiccup LEFT JOIN refusal USING (run, place, attempt)
      WHERE key IS NULL AND EXISTS (
        SELECT 1 FROM effect
        WHERE effect.run = hiccup.run AND effect.place = hiccup.place
          AND (state <> 'tombstone' OR (order_id, place) IN (SELECT order_id, place FROM obstacle)))`,
  },
  {
    name: "the file is sound, and no row points at nothing",
    offenders: `
      SELECT "table" || ' row ' || coalesce(rowid, '?') FROM pragma_foreign_key_check
      UNION ALL SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'`,
  },
];
