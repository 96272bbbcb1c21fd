/** A daemon's store in a process of its own, to be killed: prints the id of every alert once its commit has returned. */
import { MIGRATIONS_DIR } from '../../daemon/paths.js';
import { openStore } from '../../daemon/store/store.js';
import { fakeClock, fakeHealth, fakeLog } from '../fakes.js';
import { createAlert, createAlertChange, createCycleRecord, createMail, createPortSeries } from './records.js';

const [file, prefix] = process.argv.slice(2);
if (file === undefined || prefix === undefined) throw new Error('usage: writer-child FILE PREFIX');
const clock = fakeClock(Date.UTC(2026, 0, 5, 12) + Number(prefix) * 3_600_000);
const store = openStore({
  file,
  capBytes: 8 * 1024 * 1024,
  retention: { rawMs: 600_000, minuteMs: 3_600_000, hourMs: 86_400_000 },
  maxSeries: 50,
  migrationsDir: MIGRATIONS_DIR,
  clock,
  health: fakeHealth(),
  log: fakeLog(),
});
for (let count = 0; count < 1e6; count++) {
  const ports = Array.from({ length: 40 }, (_, index) =>
    createPortSeries(`in_host_${index}`, { ESTABLISHED: count % 91, LISTEN: 1 }),
  );
  store.append(createCycleRecord(clock, { ports }));
  clock.advance(2000);
  store.tick();
  if (count % 3 !== 0) continue;
  const id = `${prefix}-${count}`;
  store.commitAlerts([createAlertChange(createAlert(id))], [createMail(id)]);
  process.stdout.write(`${id}\n`);
}
