/** One sample of the socket table: our sources against `ss` and systeminformation, on the same 28,000 sockets. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { networkConnections } from 'systeminformation';
import { createSnapshotBuilder } from '../../../daemon/snapshot/snapshot-builder.js';
import { createListenerMemory } from '../../../daemon/snapshot/listener-memory.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { readMonotonicMs } from '../../../daemon/clock.js';
import { openNetlinkSource } from '../../../daemon/source/linux/netlink.js';
import { loadNative } from '../../../daemon/source/linux/netlink-native.js';
import { openProcfsSource } from '../../../daemon/source/linux/procfs.js';
import type { TableSource } from '../../../daemon/source/table-source.js';
import { benchRow, median, type BenchResult } from './bench.js';
import { makeTimeWait } from './time-wait.js';

const SOCKETS = 28_000;
const ROUNDS = 25;
/** Untimed rounds at the start, because the first runs are slower. */
const WARM_UP = 3;
const run = promisify(execFile);

/** Needs Linux, koffi and the `ss` command. Takes about 20 s, and leaves 28,000 TIME_WAIT sockets for a minute. */
export async function benchSampling(): Promise<BenchResult> {
  const native = loadNative();
  if ('problem' in native) throw new Error(`the sampling benchmark needs netlink: ${native.problem}`);
  const netlink = openNetlinkSource(native, 1000);
  const procfs = openProcfsSource('/proc');
  const rows: number[] = [];
  const candidates: Record<string, () => Promise<unknown>> = {
    netlink: async () => rows.push((await sample(netlink)).rows),
    ss: () => run('ss', ['-tanoH'], { maxBuffer: 64 * 1024 * 1024, timeout: 10_000 }),
    networkConnections: () => networkConnections(),
    procfs: () => sample(procfs),
  };
  try {
    await makeTimeWait(SOCKETS);
    const times = await interleave(candidates);
    const cpuMs = await cpuOf(
      () => sample(netlink),
      () => native.threadCpuMs(),
    );
    return report(times, { rows: median(rows), cpuMs });
  } finally {
    netlink.close();
    procfs.close();
  }
}

const builder = createSnapshotBuilder(createListenerMemory(60_000));

/** What the worker does for one sample: dump the table, aggregate the rows, finish the snapshot. */
async function sample(table: TableSource): Promise<Snapshot> {
  const { interrupted } = await table.dump(builder);
  const { hasTimers, hasBoundInactive } = table;
  const instant = { takenAtMs: Date.now(), monotonicMs: readMonotonicMs() };
  return builder.finish({ namespace: 'host', ...instant, interrupted, hasTimers, hasBoundInactive });
}

type Times = ReadonlyMap<string, readonly number[]>;

/** The order is A B C A B C, so that other load on the machine affects all alike. */
async function interleave(candidates: Record<string, () => Promise<unknown>>): Promise<Times> {
  const times = new Map<string, number[]>(Object.keys(candidates).map((name) => [name, []]));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [name, once] of Object.entries(candidates)) {
      const start = readMonotonicMs();
      await once();
      if (round >= 0) times.get(name)?.push(readMonotonicMs() - start);
    }
  }
  return times;
}

/** The median of the ratios of the rounds. A round on a busy machine counts once, in both figures. */
function medianRatio(times: Times, name: string, to: string): number {
  const others = times.get(to) ?? [];
  return median((times.get(name) ?? []).map((value, round) => value / (others[round] ?? NaN)));
}

async function cpuOf(once: () => Promise<unknown>, cpuMs: () => number): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMs();
    await once();
    costs.push(cpuMs() - start);
  }
  return median(costs);
}

function report(times: Times, facts: { rows: number; cpuMs: number }): BenchResult {
  const ms = (name: string): number => median(times.get(name) ?? []);
  return {
    name: 'sampling',
    rows: [
      // With fewer rows the ratios would be meaningless, so the number of missing rows has a limit.
      benchRow('rows missing of 28,000', Math.max(0, SOCKETS * 0.98 - facts.rows), { unit: 'rows', limit: 0 }),
      benchRow('netlink / ss -tanoH', medianRatio(times, 'netlink', 'ss'), { unit: 'ratio', limit: 0.3 }),
      benchRow('netlink / networkConnections()', medianRatio(times, 'netlink', 'networkConnections'), {
        unit: 'ratio',
        limit: 0.1,
      }),
      benchRow('netlink, one sample', ms('netlink'), { unit: 'ms' }),
      benchRow('netlink, CPU time of one sample', facts.cpuMs, { unit: 'ms' }),
      benchRow('procfs, one sample', ms('procfs'), { unit: 'ms' }),
      benchRow('ss -tanoH, whole process', ms('ss'), { unit: 'ms' }),
      benchRow('networkConnections()', ms('networkConnections'), { unit: 'ms' }),
    ],
    notes: [
      `${facts.rows} rows in the table; medians of ${ROUNDS} interleaved rounds in one process, after ${WARM_UP} untimed; ratios are the median of each round's own.`,
    ],
  };
}
