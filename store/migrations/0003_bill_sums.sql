-- What the bill says of this kiosk's own numbers: how many were paid and given back, and how much.
ALTER TABLE reconciliations ADD COLUMN sales      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reconciliations ADD COLUMN sales_fen  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reconciliations ADD COLUMN repaid     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reconciliations ADD COLUMN repaid_fen INTEGER NOT NULL DEFAULT 0;
