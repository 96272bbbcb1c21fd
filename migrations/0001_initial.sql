-- The database of portcast.
--
-- Samples live in three tiers (raw, minute, hour), each with a tail and chunks. New data arrives in the tail, one row
-- per batch and group of 16 series, which keeps each write to a page or two. When the tail's window is over, its rows
-- are resealed into one chunk per series, their roll-up is put into the next tier's tail, and they are deleted, all in
-- one transaction: so every sample is in exactly one tail or rolled up exactly once, without any watermark.
-- Chunks are appended in order of arrival, so that retention frees whole pages from the front.

PRAGMA application_id = 0x50434153;

-- Who a sample belongs to. kind: 0 port series, 1 pool, 2 host counters. identity: JSON, for people and for export.
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
  name TEXT NOT NULL,
  identity TEXT NOT NULL,
  UNIQUE (kind, name)
) STRICT;

CREATE TABLE raw_tail (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL,
  window_ms INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE TABLE raw_chunk (
  id INTEGER PRIMARY KEY,
  series_id INTEGER NOT NULL REFERENCES series (id),
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX raw_chunk_series ON raw_chunk (series_id, from_ms);
CREATE INDEX raw_chunk_age ON raw_chunk (to_ms);

CREATE TABLE minute_tail (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL,
  window_ms INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX minute_tail_group ON minute_tail (grp);
CREATE TABLE minute_chunk (
  id INTEGER PRIMARY KEY,
  series_id INTEGER NOT NULL REFERENCES series (id),
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX minute_chunk_series ON minute_chunk (series_id, from_ms);
CREATE INDEX minute_chunk_age ON minute_chunk (to_ms);

CREATE TABLE hour_tail (
  id INTEGER PRIMARY KEY,
  grp INTEGER NOT NULL,
  window_ms INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX hour_tail_group ON hour_tail (grp);
CREATE TABLE hour_chunk (
  id INTEGER PRIMARY KEY,
  series_id INTEGER NOT NULL REFERENCES series (id),
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX hour_chunk_series ON hour_chunk (series_id, from_ms);
CREATE INDEX hour_chunk_age ON hour_chunk (to_ms);

-- What was forecast, when: enough to score it against what then happened.
CREATE TABLE forecast (
  id INTEGER PRIMARY KEY,
  pool_id TEXT NOT NULL,
  made_at_ms INTEGER NOT NULL,
  mode TEXT NOT NULL,
  capacity INTEGER NOT NULL,
  used INTEGER NOT NULL,
  live INTEGER NOT NULL,
  close_rate REAL,
  pressure REAL,
  exhausts_at_ms INTEGER,
  earliest_at_ms INTEGER,
  latest_at_ms INTEGER,
  probability REAL
) STRICT;
CREATE INDEX forecast_age ON forecast (made_at_ms);

-- body is the alert as JSON; the columns are what is searched by.
CREATE TABLE alert (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('pending', 'firing', 'resolved')),
  pending_at_ms INTEGER NOT NULL,
  resolved_at_ms INTEGER,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX alert_age ON alert (pending_at_ms);
CREATE INDEX alert_active ON alert (state) WHERE state <> 'resolved';

-- The small columns come first: the texts of a row reach into pages of their own.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'sent', 'failed')),
  created_at_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt_at_ms INTEGER NOT NULL,
  attempted_at_ms INTEGER,
  last_error TEXT,
  recipient TEXT NOT NULL,
  alert_id TEXT,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_waiting ON outbox (created_at_ms) WHERE status = 'waiting';
CREATE INDEX outbox_status ON outbox (status, attempted_at_ms);
CREATE INDEX outbox_attempted ON outbox (attempted_at_ms);
