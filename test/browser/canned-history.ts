/** Canned histories, from the same functions of time as the samples. */
import type { History } from '../../daemon/wire/history.js';
import { cannedSample } from './canned-data.js';
import { cannedOutages } from './canned-outages.js';
import { CAPACITY, HOLD_SECONDS, idOf, poolModels, wave, type Shown } from './canned-pools.js';

interface CannedHistoryQuery {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
}

/** Null for an id that the scenario does not have. */
export function cannedPoolHistory(scenario: Shown, query: CannedHistoryQuery, startMs: number): History | null {
  const pool = poolModels(scenario).find((candidate) => idOf(candidate) === query.id);
  if (pool === undefined) return null;
  const history = historyOf(query, (t, spread) => {
    const s = (t - startMs) / 1000;
    const live = Math.min(CAPACITY, pool.live(s) * wave(s, 86_400, spread));
    const timeWait = Math.min(CAPACITY - live, pool.timeWait(s) * wave(s, 86_400, spread * 2));
    const closeRate = (pool.rate ?? 0) * wave(s, 86_400, spread * 2);
    return {
      used: live + timeWait,
      live,
      timeWait,
      capacity: CAPACITY,
      closeRate,
      pressure: (live + closeRate * HOLD_SECONDS) / CAPACITY,
    };
  });
  return { ...history, outages: cannedOutages(scenario, idOf(pool), startMs) };
}

export function cannedPortHistory(
  scenario: Shown,
  query: CannedHistoryQuery,
  nowMs: number,
  startMs: number,
): History | null {
  const found = cannedSample(scenario, nowMs, startMs).ports.find((candidate) => candidate.id === query.id);
  if (found === undefined) return null;
  return historyOf(query, (t) => {
    const s = (t - startMs) / 1000;
    const states = Object.fromEntries(
      Object.entries(found.states).map(([name, count], index) => [name, count * wave(s, 170 + 60 * index, 0.15)]),
    );
    return { ...states, total: Object.values(states).reduce((sum, count) => sum + count, 0) };
  });
}

/** Long ranges have a gap in the middle. Where steps are short, every second one is empty, as between two dumps. */
export function historyOf(
  query: CannedHistoryQuery,
  at: (t: number, spread: number) => Record<string, number>,
): History {
  const { fromMs, toMs, points } = query;
  const stepMs = Math.max(2_000, Math.ceil((toMs - fromMs) / points / 1000) * 1000);
  const history: History = { stepMs, t: [], min: {}, mean: {}, max: {} };
  const spread = toMs - fromMs > 7_200_000 ? 0.12 : 0;
  const steps = Math.floor((toMs - fromMs) / stepMs);
  for (let index = 0; index < steps; index += 1) {
    const t = fromMs + index * stepMs;
    const longGap = spread > 0 && index > steps * 0.42 && index < steps * 0.48;
    const empty = longGap || (stepMs < 5_000 && index % 2 === 1);
    history.t.push(t);
    for (const [name, value] of Object.entries(at(t, spread))) {
      const wide = spread > 0 && name !== 'capacity' ? 0.08 : 0.01;
      (history.mean[name] ??= []).push(empty ? null : value);
      (history.min[name] ??= []).push(empty ? null : value * (1 - wide));
      (history.max[name] ??= []).push(empty ? null : value * (1 + wide));
    }
  }
  return history;
}
