-- What a book needs that is kept for years: sums, a sealed journal, and a way to forget.
-- Additive: a kiosk of the version before goes on with it.

-- The order's line before this one. Reading one order's journal by it needs no index and no search.
ALTER TABLE journal ADD COLUMN prev INTEGER;
-- The first half is a digest of the order as it stood, the second of the line before, the line and the first half.
ALTER TABLE journal ADD COLUMN seal BLOB;
ALTER TABLE orders  ADD COLUMN seal BLOB; -- its newest line's, on the way to the journal

-- A line may be missing only where it was pruned; then its seal stands here for the line after it.
CREATE TABLE anchors (
  seq  INTEGER PRIMARY KEY,
  seal BLOB NOT NULL
);
-- Lines that are older than seals stand before the chain.
INSERT INTO anchors SELECT seq, zeroblob(32) FROM journal ORDER BY seq DESC LIMIT 1;
INSERT INTO meta SELECT 'unsealed', seq FROM anchors;

DROP TRIGGER journal_fixed;
UPDATE journal SET prev = before.seq
  FROM (SELECT seq AS at, lag(seq) OVER (PARTITION BY ord ORDER BY seq) AS seq FROM journal) AS before
  WHERE before.at = journal.seq;
CREATE TRIGGER journal_fixed BEFORE UPDATE OF seq, ord, event, state, at, sure, peak, prev ON journal BEGIN
  SELECT RAISE(ABORT, 'the journal only grows');
END;
CREATE TRIGGER journal_sealed BEFORE UPDATE OF seal ON journal
  WHEN old.seal IS NOT NULL OR new.seal IS NULL BEGIN
  SELECT RAISE(ABORT, 'a seal is not broken');
END;

-- An older kiosk writes no seal; the next newer one does it for it.
DROP TRIGGER orders_born;
CREATE TRIGGER orders_born AFTER INSERT ON orders BEGIN
  INSERT INTO journal (seq, ord, event, state, at, sure, peak, seal)
  VALUES (new.line, new.id, new.last_event, new.state, new.updated, new.sure,
          (SELECT max(t) FROM (SELECT (SELECT peak FROM journal ORDER BY seq DESC LIMIT 1) AS t
                               UNION ALL SELECT new.updated WHERE new.sure)), new.seal);
END;
DROP TRIGGER orders_moved;
CREATE TRIGGER orders_moved AFTER UPDATE OF line ON orders BEGIN
  INSERT INTO journal (seq, ord, event, state, at, sure, peak, prev, seal)
  VALUES (new.line, new.id, new.last_event, new.state, new.updated, new.sure,
          (SELECT max(t) FROM (SELECT (SELECT peak FROM journal ORDER BY seq DESC LIMIT 1) AS t
                               UNION ALL SELECT new.updated WHERE new.sure)),
          old.line, CASE WHEN new.seal IS NOT old.seal THEN new.seal END);
END;

-- Orders that came to an end, ever, pruned or not; fen is what was paid for them.
CREATE TABLE tallies (
  state  TEXT    NOT NULL,
  means  TEXT    NOT NULL,
  orders INTEGER NOT NULL,
  fen    INTEGER NOT NULL,
  PRIMARY KEY (state, means)
) WITHOUT ROWID;
INSERT INTO tallies SELECT state, means, count(*), sum(paid_fen) FROM orders
  WHERE state IN ('sold', 'refunded', 'closed') GROUP BY state, means;
CREATE TRIGGER orders_ended AFTER UPDATE OF state ON orders
  WHEN new.state IN ('sold', 'refunded', 'closed') AND old.state NOT IN ('sold', 'refunded', 'closed') BEGIN
  INSERT INTO tallies VALUES (new.state, new.means, 1, new.paid_fen)
  ON CONFLICT DO UPDATE SET orders = orders + 1, fen = fen + excluded.fen;
END;
CREATE TRIGGER orders_opened AFTER UPDATE OF state ON orders
  WHEN old.state IN ('sold', 'refunded', 'closed') AND new.state NOT IN ('sold', 'refunded', 'closed') BEGIN
  UPDATE tallies SET orders = orders - 1, fen = fen - old.paid_fen WHERE state = old.state AND means = old.means;
END;

-- What was pruned, by the month of its end in Beijing, '' where no time was stored.
CREATE TABLE totals (
  month  TEXT    NOT NULL,
  state  TEXT    NOT NULL,
  means  TEXT    NOT NULL,
  orders INTEGER NOT NULL,
  fen    INTEGER NOT NULL,
  lines  INTEGER NOT NULL, -- of the journal
  PRIMARY KEY (month, state, means)
) WITHOUT ROWID;
-- Of a pruned order nothing is left but that its number was ours: 63 bits of a digest of it.
CREATE TABLE pruned (key INTEGER PRIMARY KEY);

-- Only pruning forgets, and only what it says: an order at an end whose last line is not after the one in meta.
DROP TRIGGER orders_kept;
CREATE TRIGGER orders_kept BEFORE DELETE ON orders
  WHEN old.state NOT IN ('sold', 'refunded', 'closed')
    OR old.line > ifnull((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'pruning'), -1) BEGIN
  SELECT RAISE(ABORT, 'an order is never forgotten');
END;
DROP TRIGGER journal_kept;
CREATE TRIGGER journal_kept BEFORE DELETE ON journal
  WHEN NOT EXISTS (SELECT 1 FROM orders JOIN meta ON meta.key = 'pruning' WHERE orders.id = old.ord
    AND orders.state IN ('sold', 'refunded', 'closed') AND orders.line <= CAST(meta.value AS INTEGER)) BEGIN
  SELECT RAISE(ABORT, 'the journal only grows');
END;

-- For the page: each written once in an order's life.
CREATE INDEX orders_sold     ON orders (id) WHERE state = 'sold';
CREATE INDEX orders_refunded ON orders (id) WHERE state = 'refunded';
CREATE INDEX orders_shut     ON orders (id) WHERE state = 'closed';
CREATE INDEX orders_sales    ON orders (updated, fen) WHERE state = 'sold';
CREATE INDEX orders_returns  ON orders (updated, paid_fen) WHERE state = 'refunded';
CREATE INDEX notices_no      ON notices (no);
