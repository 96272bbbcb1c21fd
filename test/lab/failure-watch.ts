/**
 * Counts failed connects of its network namespace until it is ended, then prints them and how many were lost, as one JSON
 * line. `node --import tsx failure-watch.ts TRACEFS`
 */
import { SYSTEM_CLOCK } from '../../daemon/clock.js';
import type { FailedConnect } from '../../daemon/pool/failures.js';
import { startFailureSource } from '../../daemon/source/failures.js';
import { fakeLog } from '../fakes.js';

const tracefs = process.argv.slice(2);
const source = startFailureSource({ setting: 'auto', tracefs, clock: SYSTEM_CLOCK, log: fakeLog() });
const failures: FailedConnect[] = [];
const timer = setInterval(() => failures.push(...source.readFailures().failures), 100);
process.stdout.write(`${JSON.stringify({ watching: source.readFailures().offBecause ?? 'yes' })}\n`);
process.once('SIGTERM', () => {
  clearInterval(timer);
  failures.push(...source.readFailures().failures);
  const stats = source.stats();
  source.stop();
  process.stdout.write(`${JSON.stringify({ failures, ...stats })}\n`);
});
