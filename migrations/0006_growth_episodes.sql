-- A stretch of growth of the live ports is kept beside the bursts of closes: how long the earlier ones of a pool lasted is
-- what the next one is judged by.
ALTER TABLE burst ADD COLUMN kind TEXT NOT NULL DEFAULT 'closes' CHECK (kind IN ('closes', 'growth'));
