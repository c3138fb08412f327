-- The shop's own books. Every row that stands for an effect carries the idempotency key under which it was made, so
-- that the effect ledger, which lies in the same file, can be compared with the shop row by row (ledger-proof.ts).
-- Money is in cents, quantities in pieces.

CREATE TABLE product (
  sku     TEXT PRIMARY KEY,
  price   INTEGER NOT NULL CHECK (price > 0),
  initial INTEGER NOT NULL CHECK (initial >= 0)      -- on the shelf when the shop opened
) STRICT;

CREATE TABLE stock (
  sku     TEXT PRIMARY KEY REFERENCES product,
  on_hand INTEGER NOT NULL CHECK (on_hand >= 0)      -- on the shelf now: initial - held - shipped
) STRICT;

-- An order as validate_order accepted it.
CREATE TABLE customer_order (
  order_id    TEXT PRIMARY KEY,
  key         TEXT NOT NULL UNIQUE,
  email       TEXT NOT NULL,
  total       INTEGER NOT NULL CHECK (total > 0),
  card        TEXT NOT NULL,
  country     TEXT NOT NULL,
  hiccups     TEXT NOT NULL CHECK (json_valid(hiccups)),  -- worker: how many of its first attempts fail
  fingerprint TEXT NOT NULL                               -- SHA-256 over the columns above but the key, and the lines
) STRICT;

CREATE TABLE order_line (
  order_id   TEXT NOT NULL REFERENCES customer_order,
  sku        TEXT NOT NULL REFERENCES product,
  quantity   INTEGER NOT NULL CHECK (quantity > 0),
  unit_price INTEGER NOT NULL CHECK (unit_price > 0),
  PRIMARY KEY (order_id, sku)
) STRICT, WITHOUT ROWID;

CREATE TABLE reservation (
  key      TEXT PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES customer_order,
  state    TEXT NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'released', 'shipped'))
) STRICT;

CREATE INDEX reservation_of_order ON reservation (order_id);

CREATE TABLE reservation_line (
  reservation TEXT NOT NULL REFERENCES reservation,
  sku         TEXT NOT NULL REFERENCES product,
  quantity    INTEGER NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (reservation, sku)
) STRICT, WITHOUT ROWID;

-- Double entry: a posting moves money between accounts, and its entries sum to 0.
CREATE TABLE account (
  code    TEXT PRIMARY KEY,
  balance INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE posting (
  number   INTEGER PRIMARY KEY,
  key      TEXT NOT NULL UNIQUE,                      -- of the charge; a refund carries the key of its undo
  order_id TEXT NOT NULL REFERENCES customer_order,
  refunds  INTEGER UNIQUE REFERENCES posting          -- the charge that this refund gives back; none: it is a charge
) STRICT;

CREATE INDEX posting_of_order ON posting (order_id);

CREATE TABLE entry (
  posting INTEGER NOT NULL REFERENCES posting,
  account TEXT NOT NULL REFERENCES account,
  amount  INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (posting, account)
) STRICT, WITHOUT ROWID;

-- Paper: it stays when an order goes back, because it is neither money nor stock.
CREATE TABLE confirmation (
  number   INTEGER PRIMARY KEY,
  key      TEXT NOT NULL UNIQUE,
  order_id TEXT NOT NULL UNIQUE REFERENCES customer_order,
  total    INTEGER NOT NULL
) STRICT;

CREATE TABLE shipment (
  number   INTEGER PRIMARY KEY,
  key      TEXT NOT NULL UNIQUE,
  order_id TEXT NOT NULL UNIQUE REFERENCES customer_order,
  country  TEXT NOT NULL
) STRICT;

CREATE TABLE shipment_line (
  shipment INTEGER NOT NULL REFERENCES shipment,
  sku      TEXT NOT NULL REFERENCES product,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (shipment, sku)
) STRICT, WITHOUT ROWID;

CREATE TABLE notification (
  number    INTEGER PRIMARY KEY,
  key       TEXT NOT NULL UNIQUE,
  order_id  TEXT NOT NULL UNIQUE REFERENCES customer_order,
  recipient TEXT NOT NULL,
  subject   TEXT NOT NULL
) STRICT;

INSERT INTO account (code) VALUES ('cash'), ('sales');
