-- What the journal's chain does not cover is sealed row by row, and what a lost book left open is remembered.
-- Additive: a kiosk of the version before goes on with it. Its rows have no seal, and this one tells of them once.

ALTER TABLE shelves ADD COLUMN seal BLOB;
ALTER TABLE doubts  ADD COLUMN seal BLOB;
ALTER TABLE alarms  ADD COLUMN seal BLOB;
ALTER TABLE notices ADD COLUMN seal BLOB;

-- An older kiosk changes a row and leaves the seal of what was there: then it counts as unsealed, not as broken.
CREATE TRIGGER shelves_unsealed AFTER UPDATE OF name, name_en, fen, stock, fault, flag ON shelves
  WHEN new.seal IS old.seal AND (new.name, new.name_en, new.fen, new.stock, new.fault, new.flag)
    IS NOT (old.name, old.name_en, old.fen, old.stock, old.fault, old.flag) BEGIN
  UPDATE shelves SET seal = NULL WHERE slot = new.slot;
END;

-- The open orders of a book that was lost, as its head named them. A row goes once the gateway was asked after it.
CREATE TABLE lost (
  no    TEXT PRIMARY KEY,
  noted TEXT NOT NULL -- JSON
) WITHOUT ROWID;
