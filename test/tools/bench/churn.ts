/**
 * Closes RATE connections per second on loopback, client first, for SECONDS: after a minute there are RATE x 61
 * TIME_WAIT sockets. They are spread over 20 destinations, so that no pool nears its limit and no port is reused.
 * `churn.ts RATE SECONDS`
 */
import { connect, createServer } from 'node:net';
import { once } from 'node:events';

const DESTINATIONS = 20;
const [rateText = '', secondsText = ''] = process.argv.slice(2);
const rate = Number(rateText);
const total = Math.round(rate * Number(secondsText));

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.resume();
});
server.listen({ port: 0, host: '0.0.0.0', backlog: 1024 });
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

const startedAt = performance.now();
let opened = 0;
const timer = setInterval(() => {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate));
  for (; opened < due; opened += 1) {
    const socket = connect({ host: `127.0.0.${2 + (opened % DESTINATIONS)}`, port });
    socket.on('connect', () => socket.end());
    socket.on('error', (error) => {
      console.error(error.message);
      process.exit(1);
    });
    socket.resume();
  }
  if (opened < total) return;
  clearInterval(timer);
  server.close();
}, 5);
