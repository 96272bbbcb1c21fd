import { describe, expect, it } from 'vitest';
import { WITHOUT_OWNERS, type Alert, type OwnerReport } from '../../../daemon/alert/alert.js';
import { createOwnerMemory } from '../../../daemon/alert/owner-memory.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { createTimeline, exhaustingSoon } from '../../builders/alert-timeline.js';
import { calmForecast, T0 } from '../../builders/forecasts.js';

/** A pending alert of the pool with this id. */
function pendingAlert(id = 'pool'): Alert {
  const timeline = createTimeline();
  timeline.beat({ atMs: T0, pools: [calmForecast({ ...exhaustingSoon(0), id, sampledAtMs: T0 })] });
  const [alert] = timeline.active;
  if (alert === undefined) throw new Error('nothing is pending');
  return alert;
}

const psql = (pid: number, confidence: number) => ({ pid, name: 'psql', confidence });
const found = (...processes: { pid: number; name: string; confidence: number }[]): OwnerReport => ({
  processes,
  why: null,
});

/** Searches at each of the given seconds where one is due; each finds the next report and costs `costMs`. */
function play(seconds: readonly number[], reports: readonly OwnerReport[], costMs = 1) {
  const memory = createOwnerMemory();
  const alert = pendingAlert();
  const searchedAt: number[] = [];
  for (const second of seconds) {
    const monotonicMs = second * SECOND_MS;
    if (memory.beginSearch([alert], [], monotonicMs).length === 0) continue;
    const report = reports[Math.min(searchedAt.length, reports.length - 1)] ?? WITHOUT_OWNERS;
    memory.endSearch({ reports: [report], costMs }, { wallMs: T0 + monotonicMs, monotonicMs });
    searchedAt.push(second);
  }
  return { memory, searchedAt, owners: memory.addTo(alert).owners };
}

describe('the memory of owners', () => {
  it('searches on each sample, within 1% of a core', () => {
    const everyTwo = Array.from({ length: 30 }, (_, index) => index * 2);
    expect(play(everyTwo, [found(psql(1, 1))], 20).searchedAt).toEqual(everyTwo);
    expect(play(everyTwo, [found(psql(1, 1))], 200).searchedAt).toEqual([0, 20, 40]);
  });

  it('begins one search for all pools, and none while it runs', () => {
    const memory = createOwnerMemory();
    const alerts = Array.from({ length: 500 }, (_, index) => pendingAlert(`pool-${index}`));
    expect(memory.beginSearch(alerts, [], 0)).toHaveLength(500);
    expect(memory.beginSearch(alerts, [], HOUR_MS)).toEqual([]);
    const reports = alerts.map((_, index) => found(psql(index, 1)));
    memory.endSearch({ reports, costMs: 1 }, { wallMs: T0, monotonicMs: HOUR_MS });
    expect(alerts.map((alert) => memory.addTo(alert).owners.processes[0]?.pid)).toEqual(alerts.map((_, pid) => pid));
  });

  it('keeps earlier owners with the time at which they were seen, and gives a share only to present ones', () => {
    const { owners } = play([0, 2, 4], [found(psql(1, 1)), found(psql(2, 0.5), psql(3, 0.5)), found(psql(2, 1))]);
    expect(owners).toEqual({
      processes: [
        { ...psql(2, 1), seenAtMs: T0 + 4000 },
        { ...psql(3, 0), seenAtMs: T0 + 2000 },
        { ...psql(1, 0), seenAtMs: T0 },
      ],
      why: null,
    });
  });

  it('learns nothing from a search that met no live connection', () => {
    const { owners } = play([0, 2], [found(psql(1, 1)), WITHOUT_OWNERS]);
    expect(owners.processes).toEqual([{ ...psql(1, 1), seenAtMs: T0 }]);
    expect(play([0], [WITHOUT_OWNERS]).owners).toEqual(WITHOUT_OWNERS);
  });

  it('keeps the owners that were seen last, at most 100, and none for longer than an hour', () => {
    const searches = Array.from({ length: 150 }, (_, pid) => found(psql(pid, 1)));
    const seconds = searches.map((_, index) => index * 2);
    const pids = play(seconds, searches).owners.processes.map(({ pid }) => pid);
    expect(pids).toEqual(Array.from({ length: 100 }, (_, index) => 149 - index));
    expect(play([0, 3601], [found(psql(1, 1)), found(psql(2, 1))]).owners.processes).toHaveLength(1);
  });

  it('starts from the stored alert after a restart', () => {
    const memory = createOwnerMemory();
    const stored = { ...pendingAlert(), owners: found(psql(1, 1)) };
    memory.beginSearch([stored], [], 0);
    memory.endSearch({ reports: [found(psql(2, 1))], costMs: 1 }, { wallMs: T0, monotonicMs: 0 });
    expect(memory.addTo(stored).owners.processes.map(({ pid }) => pid)).toEqual([2, 1]);
  });

  it('searches ahead for the worst pools that are in use, once a minute', () => {
    const memory = createOwnerMemory();
    const pools = [50, 900, 49, 300, 60, 999].map((used, index) => calmForecast({ id: `p${index}`, used }));
    const idsAt = (monotonicMs: number): string[] => {
      const ids = memory.beginSearch([], pools, monotonicMs).map(({ id }) => id);
      if (ids.length > 0) memory.endSearch({ reports: [], costMs: 20 }, { wallMs: T0, monotonicMs });
      return ids;
    };
    expect(idsAt(0)).toEqual(['p0', 'p1', 'p3', 'p4']);
    expect(idsAt(MINUTE_MS - 1)).toEqual([]);
    expect(idsAt(MINUTE_MS)).toHaveLength(4);
  });
});
