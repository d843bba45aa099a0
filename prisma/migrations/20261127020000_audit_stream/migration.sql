-- Where a row stands among events, for streams that tell of both: numbered by the events' sequence, so that no two share a place. Rows from before
-- stand in none. The defaults are set afterwards, since a new column with one that is computed rewrites the table.
ALTER TABLE "audit_event" ADD COLUMN "txid" xid8, ADD COLUMN "stream_position" BIGINT;
ALTER TABLE "audit_event" ALTER COLUMN "txid" SET DEFAULT pg_current_xact_id(),
  ALTER COLUMN "stream_position" SET DEFAULT nextval('event_position_seq');

-- CreateIndex
CREATE INDEX "audit_event_order" ON "audit_event"("txid", "stream_position");
