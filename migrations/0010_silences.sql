-- For a time nothing is told of the alerts that a silence matches. body is the silence as JSON.
CREATE TABLE silence (
  id TEXT PRIMARY KEY,
  end_at_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX silence_end ON silence (end_at_ms);

-- The links in messages by which their reader acknowledges or silences an incident. The token itself is only in the message:
-- hash is the SHA-256 of it in hex. spent_at_ms is null until it was used.
CREATE TABLE action_token (
  hash TEXT PRIMARY KEY,
  action TEXT NOT NULL,
  incident_id TEXT NOT NULL,
  recipient TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  spent_at_ms INTEGER
) STRICT;
CREATE INDEX action_token_expiry ON action_token (expires_at_ms);
