/**
 * The server side. `node --import tsx server.ts PORT JSON`, where JSON is a ServerBehaviour; prints `listening`.
 * `node --import tsx server.ts FIRST-LAST` listens on all of these ports instead, for rows with listeners inside the
 * range.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { openSockets } from './libc.js';
import type { ServerBehaviour } from './traffic.js';

const [ports = '', behaviourText = '{"kind":"closes-second"}'] = process.argv.slice(2);
const behaviour = JSON.parse(behaviourText) as ServerBehaviour;
const [first = NaN, last = first] = ports.split('-').map(Number);

for (let port = first; port <= last; port += 1) {
  // With `allowHalfOpen` this side does not answer a FIN with its own.
  const server = createServer({ allowHalfOpen: behaviour.kind === 'holds' }, serve);
  server.listen({ port, host: '0.0.0.0', backlog: 4096 });
  await once(server, 'listening');
}
// A FIN that is answered late delays the TIME_WAIT of the other side, and with it the true instant of the row.
openSockets().runFirst();
process.stdout.write('listening\n');

function serve(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.resume();
  if (behaviour.kind === 'closes-first') socket.end();
  if (behaviour.kind === 'holds' && behaviour.holdSeconds !== null) {
    setTimeout(() => socket.destroy(), behaviour.holdSeconds * 1000);
  }
}
