-- Outages: from when to when a pool had no port left. is_over is 0 while one goes on; last_ms is the last instant that showed
-- it. failed: calls that failed, null where unknown; estimated: not all of them were counted; warned_ms: how long before
-- it had been said, null where it had not.
CREATE TABLE outage (
  pool_id TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  is_over INTEGER NOT NULL CHECK (is_over IN (0, 1)),
  peak_used INTEGER NOT NULL,
  capacity INTEGER NOT NULL,
  failed INTEGER,
  estimated INTEGER NOT NULL CHECK (estimated IN (0, 1)),
  warned_ms INTEGER,
  PRIMARY KEY (pool_id, from_ms)
) STRICT;
CREATE INDEX outage_age ON outage (from_ms);
CREATE INDEX outage_open ON outage (from_ms) WHERE is_over = 0;
