-- The Message-IDs of the same news in the channels before, with spaces between them: this message is sent only while none of
-- these was accepted.
ALTER TABLE outbox ADD COLUMN instead_of TEXT;
-- 1: the message was not needed. Its status is then 'failed', of which it is no failure.
ALTER TABLE outbox ADD COLUMN is_cancelled INTEGER NOT NULL DEFAULT 0;
-- The figures of one channel are read once a second, from this index alone: the texts of a message are never read for them.
CREATE INDEX outbox_figures ON outbox (recipient, status, is_cancelled, attempted_at_ms, message_id);
-- Messages that were not needed are deleted as early as those that were sent. is_cancelled is stored behind the texts.
CREATE INDEX outbox_cancelled ON outbox (attempted_at_ms) WHERE is_cancelled = 1;
