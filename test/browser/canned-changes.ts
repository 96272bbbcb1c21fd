/** The canned answers of `GET /api/v1/changes` and `GET /api/v1/settings`. */
import { changeToWire, type WireChange } from '../../daemon/wire/change.js';
import { cannedSettings, createChange, createFigures, POOL_ID } from '../builders/wire-changes.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Null for another path. */
export function answerChanges(url: URL, startMs: number): unknown {
  if (url.pathname === '/api/v1/settings') return cannedSettings(startMs);
  if (url.pathname !== '/api/v1/changes') return null;
  const pool = url.searchParams.get('pool');
  return listChanges(startMs, pool ?? POOL_ID);
}

/**
 * A setting that has just changed, one that is still being measured, and a pool that went back to many connections.
 * @param shiftedMs the instant at which that pool was first seen to do so.
 */
export function listChanges(startMs: number, poolId: string, shiftedMs = startMs - 20 * HOUR_MS): WireChange[] {
  const full = createFigures({ exhaustsAtMs: startMs - 9 * MINUTE_MS });
  const pools = createChange().pools.map((pool, index) => (index === 0 ? { ...pool, poolId, before: full } : pool));
  const quiet = createFigures({
    closeRate: 1.1,
    used: 80,
    usedMax: 91,
    pressure: 0.08,
    probability: 0,
    exhaustsAtMs: null,
  });
  const changes = [
    createChange({
      id: 'c1',
      atMs: startMs - 30_000,
      settings: [{ name: 'net.ipv4.ip_local_port_range', from: '32768\t60999', to: '10240\t65535' }],
      pools: pools.map((pool) => ({ ...pool, after: null })),
    }),
    createChange({ id: 'c2', atMs: startMs - 4 * MINUTE_MS, pools }),
    createChange({
      id: 'c3',
      kind: 'behaviour',
      atMs: shiftedMs,
      notBeforeMs: shiftedMs - 2 * HOUR_MS,
      settings: [],
      shifts: [{ quantity: 'closeRate', from: 1.1, to: 15.2 }],
      pools: [{ poolId, name: '10.0.0.2:443', before: { ...quiet, failed: null }, after: full }],
      isOver: true,
    }),
  ];
  return changes.map((change) => changeToWire(change, startMs));
}
