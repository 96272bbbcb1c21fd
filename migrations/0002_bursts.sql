-- Stretches of closes faster than a pool could sustain for ever, once they are over: how long this pool's bursts last is
-- what its next one is judged by.
CREATE TABLE burst (
  id INTEGER PRIMARY KEY,
  pool_id TEXT NOT NULL,
  began_at_ms INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  rate REAL NOT NULL,
  base_rate REAL NOT NULL,
  exhausted INTEGER NOT NULL CHECK (exhausted IN (0, 1))
) STRICT;
CREATE INDEX burst_pool ON burst (pool_id, began_at_ms);
CREATE INDEX burst_age ON burst (began_at_ms);
