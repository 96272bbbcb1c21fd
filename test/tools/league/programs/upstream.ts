/**
 * An HTTP server that answers each request after a delay and keeps its connections open. It prints how many requests
 * have come, at every hundredth. `node --import tsx upstream.ts PORT DELAY_MS`
 */
import { createServer } from 'node:http';
import { MINUTE_MS } from '../../../../daemon/units.js';

const ANNOUNCED_EVERY = 100;
const [port = '', delayMs = ''] = process.argv.slice(2);
let served = 0;

const server = createServer((request, response) => {
  request.resume();
  served += 1;
  if (served % ANNOUNCED_EVERY === 0) process.stdout.write(`served ${served}\n`);
  setTimeout(() => response.end('ok\n'), Number(delayMs));
});
// The other side decides when a connection ends.
server.keepAliveTimeout = 10 * MINUTE_MS;
server.listen({ port: Number(port), host: '0.0.0.0', backlog: 4096 }, () => process.stdout.write('listening\n'));
