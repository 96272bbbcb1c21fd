/**
 * What counting failed connects costs the successful ones: connects on loopback without and with the tracing instance,
 * in turn.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { SYSTEM_CLOCK } from '../../../daemon/clock.js';
import { startFailureSource } from '../../../daemon/source/linux/tracing/failed-connects.js';
import { fakeLog } from '../../fakes.js';
import { benchRow, median, type BenchResult } from './bench.js';

const ROUNDS = 31;
const CONNECTS = 400;
const WARM_UP = 100;
const READS = 200;

export async function benchTracing(): Promise<BenchResult> {
  const start = () => startFailureSource({ setting: 'auto', clock: SYSTEM_CLOCK, log: fakeLog() });
  const trial = start();
  const { offBecause } = trial.stats();
  trial.stop();
  const result: BenchResult = { name: 'tracing', rows: [], notes: [] };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  try {
    if (offBecause !== null) {
      result.notes.push(`not measured: ${offBecause}`);
      return result;
    }
    await connects(port);
    const [without, counted, reads]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      // The order alternates, so that a machine that becomes slower or faster favours neither.
      if (round % 2 === 0) without.push(await connects(port));
      const source = start();
      counted.push(await connects(port));
      const startedAt = performance.now();
      for (let read = 0; read < READS; read += 1) source.readFailures();
      reads.push(((performance.now() - startedAt) * 1000) / READS);
      source.stop();
      if (round % 2 === 1) without.push(await connects(port));
    }
    const ratio = median(counted.map((each, round) => each / (without[round] ?? NaN)));
    result.rows.push(
      benchRow('CPU of a successful connect, counted over not counted, median of pairs', ratio, {
        unit: '',
        limit: 1.05,
      }),
      benchRow('one connect, not counted', median(without), { unit: 'us' }),
      benchRow('one connect, counted', median(counted), { unit: 'us' }),
      benchRow('one read with nothing to read', median(reads), { unit: 'us', limit: 200 }),
    );
    return result;
  } finally {
    server.close();
  }
}

/**
 * Opens connections one after the other and resets them, so that no port stays in TIME_WAIT.
 * @returns microseconds of CPU per connection, of both ends, without the load of other programs
 */
async function connects(port: number): Promise<number> {
  // Switching a tracepoint patches the kernel's code, so the first connects after it are not measured.
  await open(port, WARM_UP);
  const before = process.cpuUsage();
  await open(port, CONNECTS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CONNECTS;
}

async function open(port: number, count: number): Promise<void> {
  for (let opened = 0; opened < count; opened += 1) {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    socket.resetAndDestroy();
    await once(socket, 'close');
  }
}
