-- The Message-IDs of the same news in the channels before, with spaces between them: this message is sent only while none of
-- these was accepted.
ALTER TABLE outbox ADD COLUMN instead_of TEXT;
-- 1: the message was not needed. Its status is then 'failed', of which it is no failure.
ALTER TABLE outbox ADD COLUMN is_cancelled INTEGER NOT NULL DEFAULT 0;
