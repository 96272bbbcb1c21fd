-- What people are told of: one incident per cause. body is the incident as JSON; the columns are what is searched by.
CREATE TABLE incident (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('open', 'quiet', 'resolved')),
  opened_at_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX incident_age ON incident (opened_at_ms);
CREATE INDEX incident_living ON incident (state) WHERE state <> 'resolved';

-- Every decision to tell or not to tell, with its reason. made_by: what silenced or inhibited. Without a recipient it holds
-- for all of them.
CREATE TABLE decision (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  incident_id TEXT,
  alert_id TEXT,
  kind TEXT NOT NULL,
  told INTEGER NOT NULL CHECK (told IN (0, 1)),
  reason TEXT NOT NULL,
  made_by TEXT,
  recipient TEXT,
  message_id TEXT
) STRICT;
CREATE INDEX decision_age ON decision (at_ms);
CREATE INDEX decision_incident ON decision (incident_id, at_ms);
CREATE INDEX decision_alert ON decision (alert_id, at_ms);

-- A message with an after_id is sent only once that message was accepted, and is given up with it.
ALTER TABLE outbox ADD COLUMN incident_id TEXT;
ALTER TABLE outbox ADD COLUMN after_id TEXT;
