/** Bursts as rows. The newest of each pool are kept. */
import type { Burst } from '../../forecast/history/types.js';
import type { Connection } from '../database.js';

/** Enough to estimate how long the bursts of a pool last, and quick to read. */
export const BURSTS_PER_POOL = 200;

interface BurstRow extends Omit<Burst, 'exhausted'> {
  readonly exhausted: number;
}

/** Inserts a burst inside the transaction of its batch, and deletes the oldest of its pool beyond BURSTS_PER_POOL. */
export function createBurstInserter(db: Connection): (burst: Burst) => void {
  const insert = db.prepare(
    'INSERT INTO burst (pool_id, kind, began_at_ms, duration_ms, rate, base_rate, exhausted) ' +
      'VALUES (@poolId, @kind, @beganAtMs, @durationMs, @rate, @baseRate, @exhausted)',
  );
  const trim = db.prepare<[string]>(
    'DELETE FROM burst WHERE id IN (SELECT id FROM burst WHERE pool_id = ? ORDER BY began_at_ms DESC, id DESC ' +
      `LIMIT -1 OFFSET ${BURSTS_PER_POOL})`,
  );
  return (burst) => {
    const { poolId, kind, rate, baseRate } = burst;
    const [beganAtMs, durationMs] = [Math.round(burst.beganAtMs), Math.round(burst.durationMs)];
    insert.run({ poolId, kind, beganAtMs, durationMs, rate, baseRate, exhausted: burst.exhausted ? 1 : 0 });
    trim.run(poolId);
  };
}

/** The stored bursts of a pool, oldest first. */
export function createBurstReader(db: Connection): (poolId: string) => Burst[] {
  const newest = db.prepare<[string], BurstRow>(
    'SELECT pool_id AS poolId, kind, began_at_ms AS beganAtMs, duration_ms AS durationMs, rate, base_rate AS baseRate, ' +
      `exhausted FROM burst WHERE pool_id = ? ORDER BY began_at_ms DESC, id DESC LIMIT ${BURSTS_PER_POOL}`,
  );
  return (poolId) => {
    const rows = newest.all(poolId).reverse();
    return rows.map((row) => ({ ...row, exhausted: row.exhausted === 1 }));
  };
}
