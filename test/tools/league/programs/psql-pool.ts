/**
 * Opens a pool of idle database connections, each held by a psql that waits for input, and closes them within a second.
 * It prints `open` and `closed`, and what psql prints. The programs end with this one, because their input ends.
 *
 *   node --import tsx psql-pool.ts PSQL HOST PORT CONNECTIONS PER_SECOND KEEP_SECONDS
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { SECOND_MS } from '../../../../daemon/units.js';

const CLOSED_WITHIN_MS = 0.6 * SECOND_MS;
const [psql = '', host = '', port = '', connections = '', perSecond = '', keepSeconds = ''] = process.argv.slice(2);
const programs: ChildProcess[] = [];
const startMs = performance.now();

for (let n = 0; n < Number(connections); n += 1) {
  await pause(Math.max(0, startMs + (n / Number(perSecond)) * SECOND_MS - performance.now()));
  const program = spawn(psql, ['-X', '-h', host, '-p', port, '-U', 'postgres', 'postgres'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  // Without a connection psql ends at once, and its input can no longer be written.
  program.stdin.on('error', () => undefined);
  programs.push(program);
}
process.stdout.write('open\n');
await pause(Number(keepSeconds) * SECOND_MS);
const ended = programs.filter(({ exitCode }) => exitCode === null).map((program) => once(program, 'exit'));
// As at a deployment: the programs end one after another, and the kernel closes their connections.
const closingMs = performance.now();
for (const [n, program] of programs.entries()) {
  await pause(Math.max(0, closingMs + (n / programs.length) * CLOSED_WITHIN_MS - performance.now()));
  program.kill('SIGTERM');
}
await Promise.all(ended);
process.stdout.write('closed\n');
