-- What the gateway told us, and how its bills compared.

CREATE TABLE notices (
  id             INTEGER PRIMARY KEY,
  notice         TEXT    NOT NULL CHECK (notice <> ''), -- the gateway's id of it
  api            TEXT    NOT NULL,
  kind           TEXT    NOT NULL,
  no             TEXT    NOT NULL,
  transaction_id TEXT    NOT NULL,
  refund_no      TEXT    NOT NULL,
  fen            INTEGER NOT NULL,
  currency       TEXT    NOT NULL,
  state          TEXT    NOT NULL,
  at             INTEGER
);
-- The same message comes again until it is answered.
CREATE UNIQUE INDEX notices_once ON notices (api, notice);
CREATE TRIGGER notices_bounded AFTER INSERT ON notices BEGIN
  DELETE FROM notices WHERE id <= new.id - 100000;
END;

CREATE TABLE reconciliations (
  day      TEXT    PRIMARY KEY, -- as it is written, 2026-03-02
  at       INTEGER,
  rows     INTEGER NOT NULL,
  findings TEXT    NOT NULL -- JSON
) WITHOUT ROWID;
