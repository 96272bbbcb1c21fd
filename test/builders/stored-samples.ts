/** Fills a store with samples of many hours, and counts what it holds. */
import type { Connection } from '../../daemon/store/database.js';
import { createPortSeries, pool } from './records.js';
import type { TestStore } from './stores.js';

/** Time between two records, and the tick in it: hours pass five times as fast as with records every 2 s. */
const RECORD_MS = 10_000;
const TICK_MS = 5000;

/** Lets `ms` pass, and stores samples of `portCount` port series every 10 s. Every count differs from the one before. */
export function storeSamples(test: TestStore, ms: number, portCount = 3): void {
  for (let leftMs = ms; leftMs > 0; leftMs -= RECORD_MS) {
    const seconds = Math.floor(test.clock.monotonicMs() / 1000);
    const ports = Array.from({ length: portCount }, (_, index) =>
      createPortSeries(`out_host_10.0.0.2_${index}`, {
        ESTABLISHED: (seconds * (index + 7919)) % 1009,
        TIME_WAIT: (seconds * 31) % 5003,
      }),
    );
    test.append({ ports, pools: [pool('p', { sampledAtMs: test.clock.wallMs(), pressure: (seconds % 100) / 100 })] });
    test.pass(RECORD_MS, TICK_MS);
  }
}

export function countRows(db: Connection, table: string): number {
  return db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? NaN;
}
