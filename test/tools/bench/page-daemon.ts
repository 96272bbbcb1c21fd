/**
 * The real daemon on a simulated host with so many pools and seven days stored, for the benchmark of the page. Prints its
 * URL as JSON, and stops at SIGTERM: `page-daemon.ts POOLS FOLDER`.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { createApp } from '../../../daemon/app.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { createLog } from '../../../daemon/log.js';
import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { openStore } from '../../../daemon/store/store.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { createCycleRecord, createPortSeries, pool } from '../../builders/records.js';
import { fakeClock, fakeHealth, fakeLog, MAX_SAMPLE_AGE_MS } from '../../fakes.js';
import { createDemoClock } from '../dev/demo/clock.js';
import { openSimulatedHost } from '../dev/demo/host.js';
import type { Stream } from '../simulator/world.js';
import { world } from '../../builders/host-scene.js';
import { SYSTEM_CLOCK } from '../../../daemon/clock.js';

const STORED_DAYS = 7;
/** Of 50 pools; those of more pools are rarer, so that they are written in the same time. */
const STORED_EVERY_MS = 2 * MINUTE_MS;
/** The traffic has run for so long before the first sample. */
const PAST_SECONDS = 120;
/** A tick waits for the disk. */
const RECORDS_PER_TICK = 30;
/** The last stored sample is so old when the daemon starts. */
const STORED_UNTIL_MS = 30 * SECOND_MS;
/** One pool in so many is busy; the others close a few connections a minute. */
const BUSY_ONE_OF = 5;

const [countText = '50', folder = '.'] = process.argv.slice(2);
const count = Number(countText);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const { config } = loadConfig({ env: {}, systemFile: join(folder, 'none.yaml') });
const file = join(folder, 'portcast.db');
storeWeek();
const simulationClock = createDemoClock(PAST_SECONDS * SECOND_MS);
const simulated = openSimulatedHost(
  { shows: `${count} pools`, world: world(listStreams()), pastSeconds: PAST_SECONDS },
  simulationClock,
);
simulationClock.run();
const app = createApp({
  config: {
    ...config,
    host: { name: 'simulated', timeZone: 'UTC' },
    http: { ...config.http, port: 0 },
    store: { ...config.store, file },
    sampling: { ...config.sampling, failures: 'off' },
  },
  version: 'bench',
  log: createLog({ level: 'error', format: 'json', write: (line) => process.stderr.write(line) }),
  openSource: () => Promise.resolve(simulated.source),
  openGlances: () => simulated.glances,
  openFailures: () => simulated.failures,
  // The CPU time is that of this process, so that dumps are as rare as they would be.
  clock: { ...simulationClock, cpuMs: SYSTEM_CLOCK.cpuMs },
});
const { url } = await app.start();
process.stdout.write(`${JSON.stringify({ url })}\n`);
if (!stop.signal.aborted) await once(stop.signal, 'abort');
await app.stop();

function addressOf(index: number): string {
  return `10.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`;
}

/** Every busy pool closes 3 to 13 connections a second, of the 16.1 that 1,000 ports sustain. */
function listStreams(): Stream[] {
  return Array.from({ length: count }, (_, index) => ({
    to: [{ local: '10.0.0.1', remote: addressOf(index), port: 443 }],
    rate: index % BUSY_ONE_OF === 0 ? 3 + ((index / BUSY_ONE_OF) % 11) : 0.05 + (index % 10) / 100,
    fate: 'time_wait' as const,
  }));
}

/** Samples of each pool for a week, through the store of the daemon. */
function storeWeek(): void {
  const clock = fakeClock(Date.now() - STORED_DAYS * DAY_MS);
  const { maxSizeBytes: capBytes } = config.store;
  const parts = { maxSampleAgeMs: MAX_SAMPLE_AGE_MS, migrationsDir: MIGRATIONS_DIR, clock };
  const store = openStore({ ...config.store, ...parts, file, capBytes, health: fakeHealth(), log: fakeLog() });
  const endMs = Date.now() - STORED_UNTIL_MS;
  for (let round = 0; clock.wallMs() < endMs; round += 1) {
    const pools = Array.from({ length: count }, (_, index) => {
      const timeWait = index % BUSY_ONE_OF === 0 ? 300 + ((round * 7 + index) % 400) : (round + index) % 9;
      const closeRate = timeWait / 62;
      return pool(`connect_host_10.0.0.1_${addressOf(index)}_443`, {
        used: timeWait,
        timeWait,
        closeRate,
        pressure: timeWait / 1000,
      });
    });
    const ports = pools.map((each, index) =>
      createPortSeries(`out_host_${addressOf(index)}_443`, { TIME_WAIT: each.timeWait, ESTABLISHED: index % 5 }),
    );
    store.append(createCycleRecord(clock, { pools, ports }));
    clock.advance(STORED_EVERY_MS * Math.max(1, count / 50));
    if (round % RECORDS_PER_TICK === 0) store.tick();
  }
  // Roll-ups that are still due are made by the ticks of the next minutes.
  for (let tick = 0; tick < MINUTE_MS / SECOND_MS; tick += 1) store.tick();
  store.close();
}
