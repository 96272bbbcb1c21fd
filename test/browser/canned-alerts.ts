/** Canned alerts: those that are active in a scenario, and those that were resolved. */
import type { WireAlert } from '../../daemon/wire/alert.js';
import type { WirePool } from '../../daemon/wire/pool.js';
import { iso } from '../builders/wire-pool.js';
import { cannedOutages } from './canned-outages.js';
import type { Shown } from './canned-pools.js';

export function activeAlerts(scenario: Shown, startMs: number, pools: WirePool[]): WireAlert[] {
  if (scenario === 'alerts') return urgentAlerts(startMs, pools);
  if (scenario === 'draining') return drainingAlerts(startMs, pools);
  return scenario === 'own' ? goneAlerts(startMs, pools) : [];
}

function alert(fields: Partial<WireAlert> & { id: string }, atMs: number): WireAlert {
  return {
    rule: 'imminent',
    severity: 'critical',
    state: 'firing',
    mail: true,
    poolId: null,
    pendingAt: iso(atMs - 20_000),
    firingAt: iso(atMs - 16_000),
    resolvedAt: null,
    lastSeenAt: iso(atMs),
    summary: '10.0.0.2:443 runs out of ports in about 28 s: 28,232 ports, 684 closes/s, 454 are sustainable.',
    pool: null,
    processes: [],
    processesWhy: null,
    outages: [],
    ...fields,
  };
}

function urgentAlerts(startMs: number, pools: WirePool[]): WireAlert[] {
  const [worst, second] = pools;
  return [
    alert(
      {
        id: 'pressure-1',
        rule: 'pressure',
        severity: 'warning',
        state: 'pending',
        firingAt: null,
        poolId: second?.id ?? null,
        pool: second ?? null,
        summary: 'The pressure of 10.0.3.9:8443 is 91% and rising.',
      },
      startMs,
    ),
    alert(
      {
        id: 'imminent-1',
        poolId: worst?.id ?? null,
        pool: worst ?? null,
        processes: [{ pid: 4211, name: 'checkout-api', confidence: 0.98 }],
      },
      startMs,
    ),
  ];
}

/** The alert of a pool that ran out: its ports come free, and it has not resolved yet. */
function drainingAlerts(startMs: number, [worst]: WirePool[]): WireAlert[] {
  if (worst === undefined) return [];
  const summary =
    'Ports to 10.0.0.2:443 come free again: 16,240 of 28,232 used. Demand at least 902/s; connects failed until just now.';
  const outages = cannedOutages('draining', worst.id, startMs).slice(-1);
  return [alert({ id: 'imminent-2', poolId: worst.id, pool: worst, summary, outages }, startMs - 150_000)];
}

function goneAlerts(startMs: number, pools: WirePool[]): WireAlert[] {
  const gone = pools.at(-1);
  if (gone === undefined) return [];
  const summary = 'Above 90% of 28,232 ports until its last connection ended.';
  return [
    alert({ id: 'pressure-9', rule: 'pressure', severity: 'warning', poolId: gone.id, pool: gone, summary }, startMs),
  ];
}

export function resolvedAlerts(scenario: Shown, startMs: number): WireAlert[] {
  if (scenario !== 'alerts' && scenario !== 'steady') return [];
  return [1, 5, 31].map((hours, index) =>
    alert(
      {
        id: `old-${index}`,
        state: 'resolved',
        rule: index === 1 ? 'leak' : 'pressure',
        severity: 'warning',
        resolvedAt: iso(startMs - hours * 3_600_000 + 700_000),
        summary: '10.0.3.9:8443 was above 90% of 28,232 ports for 10 minutes.',
      },
      startMs - hours * 3_600_000,
    ),
  );
}
