/** A server that waits for its peer to close first, then closes too. `node --import tsx listener.ts PORT` */
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.resume();
});
server.listen({ port: Number(process.argv[2]), host: '0.0.0.0', backlog: 4096 }, () => {
  process.stdout.write('listening\n');
});
