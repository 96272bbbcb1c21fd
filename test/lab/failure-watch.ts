/**
 * Counts the failed connects of its network namespace, with `binds` also the failed binds, until it is ended. Then it
 * prints the failures and the number of lost events as one JSON line. `node --import tsx failure-watch.ts TRACEFS
 * [binds]`
 */
import { SYSTEM_CLOCK } from '../../daemon/clock.js';
import type { FailedConnect } from '../../daemon/pool/failed-connect.js';
import { startFailureSource } from '../../daemon/source/linux/tracing/failed-connects.js';
import { fakeLog } from '../fakes.js';

const [tracefs = '', binds] = process.argv.slice(2);
const source = startFailureSource({ setting: 'auto', tracefs: [tracefs], clock: SYSTEM_CLOCK, log: fakeLog() });
const failures: FailedConnect[] = [];
const timer = setInterval(() => failures.push(...source.readFailures(binds === 'binds').failures), 100);
process.stdout.write(`${JSON.stringify({ watching: source.readFailures(binds === 'binds').offBecause ?? 'yes' })}\n`);
process.once('SIGTERM', () => {
  clearInterval(timer);
  failures.push(...source.readFailures(binds === 'binds').failures);
  const stats = source.stats();
  source.stop();
  process.stdout.write(`${JSON.stringify({ failures, ...stats })}\n`);
});
