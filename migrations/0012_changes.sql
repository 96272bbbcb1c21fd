-- Changes of the host's settings, and lasting changes of what pools do. is_over is 0 while the time after goes on. pool_ids:
-- the ids of the compared pools with a space before and after each. body is the change as JSON, with the figures before and
-- after.
CREATE TABLE observed_change (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('setting', 'behaviour')),
  at_ms INTEGER NOT NULL,
  is_over INTEGER NOT NULL CHECK (is_over IN (0, 1)),
  pool_ids TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX observed_change_age ON observed_change (at_ms);
CREATE INDEX observed_change_open ON observed_change (at_ms) WHERE is_over = 0;

-- The settings of the host as they were last seen. since_ms: the sample that first showed the value, null where it is as old
-- as what is known of the setting; not_before_ms: the last sample before, where that was much earlier.
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  since_ms INTEGER,
  not_before_ms INTEGER,
  first_seen_ms INTEGER NOT NULL
) STRICT;
