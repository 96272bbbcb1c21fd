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

/** One setting that is still being measured, one that has just changed, and a pool that went back to many connections. */
function listChanges(startMs: number, poolId: string): WireChange[] {
  const pools = createChange().pools.map((pool, index) => (index === 0 ? { ...pool, poolId } : pool));
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
      atMs: startMs - 20 * HOUR_MS,
      notBeforeMs: startMs - 22 * HOUR_MS,
      settings: [],
      shifts: [{ quantity: 'closeRate', from: 1.1, to: 15.2 }],
      pools: [{ poolId, name: '10.0.0.2:443', before: { ...quiet, failed: null }, after: createFigures() }],
      isOver: true,
    }),
  ];
  return changes.map((change) => changeToWire(change, startMs));
}
