-- How right the forecasts were. A forecast is settled when what it foretold has come, or its time is over.

-- One settled forecast. happened: exhaustion within 10 minutes, null where portcast was blind meanwhile; error_ms: foretold
-- less true instant, where it was shown, ports ran out and the traffic went on; held: the 90% interval held the instant.
CREATE TABLE score (
  pool_id TEXT NOT NULL,
  made_at_ms INTEGER NOT NULL,
  settled_at_ms INTEGER NOT NULL,
  failed_at_ms INTEGER,
  probability REAL,
  happened INTEGER CHECK (happened IN (0, 1)),
  error_ms INTEGER,
  held INTEGER CHECK (held IN (0, 1)),
  PRIMARY KEY (pool_id, made_at_ms)
) STRICT;
CREATE INDEX score_age ON score (made_at_ms);
CREATE INDEX score_error ON score (made_at_ms) WHERE error_ms IS NOT NULL;

-- Sums of the same by UTC day, so that a month is added up from thirty rows.
CREATE TABLE score_day (
  day_ms INTEGER PRIMARY KEY,
  forecasts INTEGER NOT NULL,
  happened INTEGER NOT NULL,
  brier_sum REAL NOT NULL,
  intervals INTEGER NOT NULL,
  held INTEGER NOT NULL
) STRICT;

-- Stretches of warning. verdict is null while one is on; start: what the oracle needs, as JSON.
CREATE TABLE episode (
  pool_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('shown', 'alarm')),
  from_ms INTEGER NOT NULL,
  to_ms INTEGER,
  failed_at_ms INTEGER,
  oracle REAL,
  lead_ms INTEGER,
  verdict TEXT CHECK (verdict IN ('fulfilled', 'unjustified', 'unfulfilled', 'unknown')),
  start TEXT NOT NULL,
  PRIMARY KEY (pool_id, kind, from_ms)
) STRICT;
CREATE INDEX episode_age ON episode (from_ms);
CREATE INDEX episode_on ON episode (from_ms) WHERE verdict IS NULL;

-- When a pool began to fail, and how long before that it was warned of: 0 is a miss; sudden: no sample before could show it.
CREATE TABLE failure (
  id INTEGER PRIMARY KEY,
  pool_id TEXT NOT NULL,
  failed_at_ms INTEGER NOT NULL,
  shown_lead_ms INTEGER NOT NULL,
  alarm_lead_ms INTEGER NOT NULL,
  sudden INTEGER NOT NULL CHECK (sudden IN (0, 1))
) STRICT;
CREATE INDEX failure_age ON failure (failed_at_ms);
