/**
 * A store in a process of its own, to be killed while it writes. Arguments: the file, and a number that the ids begin with.
 * It starts with the first byte on its standard input and prints the id of each alert once its commit has returned.
 */
import { MIGRATIONS_DIR } from '../../daemon/paths.js';
import { openStore } from '../../daemon/store/store.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../daemon/units.js';
import { fakeClock, fakeHealth, fakeLog, MAX_SAMPLE_AGE_MS } from '../fakes.js';
import { createAlert, createAlertChange, createCycleRecord, createMail, createPortSeries } from './records.js';

const PORTS = 40;
const BEATS_PER_ALERT = 3;
const MAX_BEATS = 1e6;

const [file, prefix] = process.argv.slice(2);
if (file === undefined || prefix === undefined) throw new Error('usage: store-writer-child FILE NUMBER');
process.stdin.once('data', () => write(file, prefix));

function write(file: string, prefix: string): void {
  const clock = fakeClock(Date.UTC(2026, 0, 5, 12) + Number(prefix) * HOUR_MS);
  const store = openStore({
    file,
    capBytes: 8 * 1024 * 1024,
    retention: { rawMs: 10 * MINUTE_MS, minuteMs: HOUR_MS, hourMs: DAY_MS },
    maxSeries: 50,
    maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    migrationsDir: MIGRATIONS_DIR,
    clock,
    health: fakeHealth(),
    log: fakeLog(),
  });
  for (let beat = 0; beat < MAX_BEATS; beat++) {
    const ports = Array.from({ length: PORTS }, (_, index) =>
      createPortSeries(`in_host_${index}`, { ESTABLISHED: beat % 91, LISTEN: 1 }),
    );
    store.append(createCycleRecord(clock, { ports }));
    clock.advance(2 * SECOND_MS);
    store.tick();
    if (beat % BEATS_PER_ALERT !== 0) continue;
    const id = `${prefix}-${beat}`;
    store.commitAlerts([createAlertChange(createAlert(id))], [createMail(id)]);
    process.stdout.write(`${id}\n`);
  }
}
