-- What the store knows about itself, by name: see daemon/store/records/store-state.ts.
CREATE TABLE store_state (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Deleting a series looks for it in the tails of its group; the other two tails have this index already.
CREATE INDEX raw_tail_group ON raw_tail (grp);
