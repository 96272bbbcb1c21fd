/**
 * Prints each connect to a port that failed because no local port was free, as the tracepoint `sock:inet_sock_set_state`
 * shows it: a FailedCall as a JSON line. `node --import tsx truth-watch.ts TRACEFS PORT`
 */
import { SYSTEM_CLOCK } from '../../../../daemon/clock.js';
import { startFailureSource } from '../../../../daemon/source/linux/tracing/failed-connects.js';
import { fakeLog } from '../../../fakes.js';
import type { FailedCall } from './judge-programs.js';

const READ_EVERY_MS = 100;
const [tracefs = '', port = ''] = process.argv.slice(2);
const prepared = `${tracefs}/instances/never-prepared`;
const source = startFailureSource({
  setting: 'auto',
  prepared,
  tracefs: [tracefs],
  clock: SYSTEM_CLOCK,
  log: fakeLog(),
});
const { offBecause } = source.readFailures();
if (offBecause !== null) throw new Error(`failed connects cannot be seen: ${offBecause}`);
process.stdout.write('watching\n');

setInterval(print, READ_EVERY_MS);
process.once('SIGTERM', () => {
  print();
  const { lost } = source.stats();
  source.stop();
  process.stdout.write(`lost ${lost}\n`, () => process.exit(0));
});

function print(): void {
  for (const { kind, atMs, remoteAddress, remotePort, name } of source.readFailures().failures) {
    if (kind !== 'connect' || remoteAddress === null || remotePort !== Number(port)) continue;
    const call: FailedCall = { atMs, destination: `${remoteAddress}:${remotePort}`, name };
    process.stdout.write(`${JSON.stringify(call)}\n`);
  }
}
