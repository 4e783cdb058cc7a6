-- The order book. Money is integer fen; times are unix milliseconds, NULL for none.

CREATE TABLE orders (
  id         INTEGER PRIMARY KEY AUTOINCREMENT, -- counts births: the next order number's sequence
  no         TEXT    NOT NULL CHECK (no <> ''),
  choice     TEXT    NOT NULL,
  means      TEXT    NOT NULL CHECK (means IN ('', 'native', 'code', 'jsapi')),
  slot       INTEGER NOT NULL CHECK (slot >= 0),
  name       TEXT    NOT NULL,
  name_en    TEXT    NOT NULL,
  fen        INTEGER NOT NULL CHECK (fen >= 0),
  api        TEXT    NOT NULL,
  appid      TEXT    NOT NULL,
  mchid      TEXT    NOT NULL,
  sub_appid  TEXT    NOT NULL,
  sub_mchid  TEXT    NOT NULL,
  sign_type  TEXT    NOT NULL,
  pay_key    TEXT    NOT NULL, -- a fingerprint
  expires    INTEGER,
  created    INTEGER,
  born_sure  INTEGER NOT NULL CHECK (born_sure IN (0, 1)),

  transaction_id TEXT    NOT NULL,
  paid_fen       INTEGER NOT NULL CHECK (paid_fen >= 0),
  currency       TEXT    NOT NULL,
  paid_at        INTEGER,
  source         TEXT    NOT NULL CHECK (source IN ('', 'charge', 'query')),
  misfit         TEXT    NOT NULL,

  refund_no  TEXT    NOT NULL,
  round      INTEGER NOT NULL CHECK (round >= 0),
  refund_fen INTEGER NOT NULL CHECK (refund_fen >= 0),
  why        TEXT    NOT NULL,
  doubt      INTEGER NOT NULL CHECK (doubt IN (0, 1)),
  goods_too  INTEGER NOT NULL CHECK (goods_too IN (0, 1)),

  word       TEXT NOT NULL,
  hand       TEXT NOT NULL,
  fault      TEXT NOT NULL,
  settled_by TEXT NOT NULL,
  how        TEXT NOT NULL,
  note       TEXT NOT NULL,

  state      TEXT    NOT NULL CHECK (state IN ('asking', 'waiting', 'vending', 'closing', 'refunding',
                                               'owed', 'sold', 'refunded', 'closed')),
  last_event TEXT    NOT NULL CHECK (last_event <> ''),
  updated    INTEGER,
  sure       INTEGER NOT NULL CHECK (sure IN (0, 1)), -- whether the clock was trusted at the last move
  reason     TEXT    NOT NULL,
  birth      INTEGER NOT NULL, -- its first line in the journal
  line       INTEGER NOT NULL, -- its newest

  -- What is offered has a price and a means; only a stranger's payment may come without.
  CHECK ((fen > 0 AND means <> '') OR state IN ('owed', 'refunding', 'refunded')),
  -- No goods without the money for them.
  CHECK (state NOT IN ('vending', 'sold')
         OR (transaction_id <> '' AND paid_fen = fen AND currency = 'CNY')),
  -- What goes back is what was paid, under one number.
  CHECK (state <> 'refunding' OR (refund_no <> '' AND round > 0 AND refund_fen = paid_fen AND paid_fen > 0))
);

CREATE UNIQUE INDEX orders_no          ON orders (no);
CREATE UNIQUE INDEX orders_transaction ON orders (transaction_id) WHERE transaction_id <> '';
CREATE UNIQUE INDEX orders_refund      ON orders (refund_no) WHERE refund_no <> '';
-- At most one order occupies the machine: every live one has the same key here, every other its own.
-- It also finds the unfinished ones at wake.
CREATE UNIQUE INDEX orders_open ON orders (CASE WHEN state IN ('asking', 'waiting', 'vending') THEN 0 ELSE id END)
  WHERE state NOT IN ('sold', 'refunded', 'closed');
-- Closed is an end with a door: the recent ones are found by their last line.
CREATE INDEX orders_closed ON orders (line) WHERE state = 'closed';

CREATE TABLE journal (
  seq   INTEGER PRIMARY KEY,
  ord   INTEGER NOT NULL REFERENCES orders (id),
  event TEXT    NOT NULL CHECK (event <> ''),
  state TEXT    NOT NULL,
  at    INTEGER,
  sure  INTEGER NOT NULL,
  peak  INTEGER -- the newest trusted time up to this line, so that waking need not read them all
);

-- Only births and moves name a line; a remark does not, and leaves no trace here.
CREATE TRIGGER orders_born AFTER INSERT ON orders BEGIN
  INSERT INTO journal (seq, ord, event, state, at, sure, peak)
  VALUES (new.line, new.id, new.last_event, new.state, new.updated, new.sure,
          (SELECT max(t) FROM (SELECT (SELECT peak FROM journal ORDER BY seq DESC LIMIT 1) AS t
                               UNION ALL SELECT new.updated WHERE new.sure)));
END;
CREATE TRIGGER orders_moved AFTER UPDATE OF line ON orders BEGIN
  INSERT INTO journal (seq, ord, event, state, at, sure, peak)
  VALUES (new.line, new.id, new.last_event, new.state, new.updated, new.sure,
          (SELECT max(t) FROM (SELECT (SELECT peak FROM journal ORDER BY seq DESC LIMIT 1) AS t
                               UNION ALL SELECT new.updated WHERE new.sure)));
END;
CREATE TRIGGER orders_kept BEFORE DELETE ON orders BEGIN
  SELECT RAISE(ABORT, 'an order is never forgotten');
END;
CREATE TRIGGER journal_kept BEFORE DELETE ON journal BEGIN
  SELECT RAISE(ABORT, 'the journal only grows');
END;
CREATE TRIGGER journal_fixed BEFORE UPDATE ON journal BEGIN
  SELECT RAISE(ABORT, 'the journal only grows');
END;

CREATE TABLE shelves (
  slot    INTEGER PRIMARY KEY,
  name    TEXT    NOT NULL,
  name_en TEXT    NOT NULL,
  fen     INTEGER NOT NULL CHECK (fen >= 0),
  stock   INTEGER NOT NULL,
  fault   TEXT    NOT NULL,
  flag    TEXT    NOT NULL
);

CREATE TABLE doubts (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  count   INTEGER NOT NULL,
  drops   INTEGER NOT NULL,
  first   INTEGER,
  stopped TEXT    NOT NULL
);

CREATE TABLE alarms (
  id   INTEGER PRIMARY KEY,
  at   INTEGER,
  slot INTEGER NOT NULL,
  no   TEXT    NOT NULL,
  kind TEXT    NOT NULL,
  text TEXT    NOT NULL
);
-- A sensor that cries all night must not fill the card.
CREATE TRIGGER alarms_bounded AFTER INSERT ON alarms BEGIN
  DELETE FROM alarms WHERE id <= new.id - 1000;
END;

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('proof', '0');
