-- What a person did, as data beside the English text, which is still written.
-- Additive: a kiosk of the version before goes on with it, and its lines have none of this.
ALTER TABLE alarms ADD COLUMN act       TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN old_value TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN new_value TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN actor     TEXT NOT NULL DEFAULT ''; -- the name the person gave
ALTER TABLE alarms ADD COLUMN origin    TEXT NOT NULL DEFAULT ''; -- the address or device the person used
