-- The self-score takes the same truth as replay: the instant of a failure from the timers, or the bounds it lies in.
-- What was scored before is kept as it was.

-- As before, but held: the share of the time in which the failure can have come that lies in the 90% interval.
CREATE TABLE new_score (
  pool_id TEXT NOT NULL,
  made_at_ms INTEGER NOT NULL,
  settled_at_ms INTEGER NOT NULL,
  failed_at_ms INTEGER,
  probability REAL,
  happened INTEGER CHECK (happened IN (0, 1)),
  error_ms INTEGER,
  held REAL CHECK (held BETWEEN 0 AND 1),
  PRIMARY KEY (pool_id, made_at_ms)
) STRICT;
INSERT INTO new_score SELECT * FROM score;
DROP TABLE score;
ALTER TABLE new_score RENAME TO score;
CREATE INDEX score_age ON score (made_at_ms);
CREATE INDEX score_error ON score (made_at_ms) WHERE error_ms IS NOT NULL;

CREATE TABLE new_score_day (
  day_ms INTEGER PRIMARY KEY,
  forecasts INTEGER NOT NULL,
  happened INTEGER NOT NULL,
  brier_sum REAL NOT NULL,
  intervals INTEGER NOT NULL,
  held REAL NOT NULL
) STRICT;
INSERT INTO new_score_day SELECT * FROM score_day;
DROP TABLE score_day;
ALTER TABLE new_score_day RENAME TO score_day;

-- The rule leak warns as well, and what began when the ports had run out is late. start holds other things than before,
-- so what is still open cannot be judged.
CREATE TABLE new_episode (
  pool_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('shown', 'alarm', 'leak')),
  from_ms INTEGER NOT NULL,
  to_ms INTEGER,
  failed_at_ms INTEGER,
  oracle REAL,
  lead_ms INTEGER,
  verdict TEXT CHECK (verdict IN ('fulfilled', 'unjustified', 'unfulfilled', 'late', 'unknown')),
  start TEXT NOT NULL,
  PRIMARY KEY (pool_id, kind, from_ms)
) STRICT;
INSERT INTO new_episode
  SELECT pool_id, kind, from_ms, coalesce(to_ms, from_ms), failed_at_ms, oracle, lead_ms, coalesce(verdict, 'unknown'), start
  FROM episode;
DROP TABLE episode;
ALTER TABLE new_episode RENAME TO episode;
CREATE INDEX episode_age ON episode (from_ms);
CREATE INDEX episode_on ON episode (from_ms) WHERE verdict IS NULL;

-- Between which instants it came, and what showed it; null for those from before.
ALTER TABLE failure ADD COLUMN after_ms INTEGER;
ALTER TABLE failure ADD COLUMN before_ms INTEGER;
ALTER TABLE failure ADD COLUMN seen_by TEXT CHECK (seen_by IN ('connects', 'timers', 'table'));
