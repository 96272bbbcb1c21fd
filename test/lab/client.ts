/**
 * A client that closes first. Opens `rate` connections a second on an absolute schedule, for `seconds` at most, and
 * prints one JSON line for each thing that matters: started, the first failed connect with its errno, ended.
 *
 *   node --import tsx client.ts ADDRESS PORT RATE SECONDS
 */
import { connect } from 'node:net';

const [address = '', port = '', rateText = '', secondsText = ''] = process.argv.slice(2);
const rate = Number(rateText);
const total = Math.round(rate * Number(secondsText));
const startedAtMs = Date.now();
const startedAt = performance.now();
let opened = 0;
let closed = 0;
let failed = false;

const say = (event: string, more: object = {}): void => {
  process.stdout.write(`${JSON.stringify({ event, atMs: Date.now(), opened, closed, ...more })}\n`);
};

function open(): void {
  opened += 1;
  const socket = connect({ host: address, port: Number(port) });
  // The client's FIN comes first, so the client's side is the one that goes to TIME_WAIT.
  socket.on('connect', () => socket.end());
  socket.on('close', () => (closed += 1));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (failed) return;
    failed = true;
    say('failed', { code: error.code, syscall: error.syscall, afterMs: performance.now() - startedAt });
    clearInterval(timer);
  });
  socket.resume();
}

say('started', { startedAtMs });
const timer = setInterval(() => {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate));
  while (opened < due && !failed) open();
  if (opened < total || failed) return;
  clearInterval(timer);
  setTimeout(() => say('ended'), 500);
}, 4);
