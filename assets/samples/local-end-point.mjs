// Connects from a local address and port that the program chooses.
// Usage: node local-end-point.mjs LOCAL_ADDRESS FIRST_PORT LAST_PORT REMOTE_ADDRESS REMOTE_PORT
import { once } from 'node:events';
import { connect } from 'node:net';

const TAKEN = ['EADDRINUSE', 'EADDRNOTAVAIL'];

/** Tries the ports in their order, and skips those that are in use or still in TIME_WAIT towards the remote end. */
async function connectFrom(localAddress, first, last, remote) {
  for (let localPort = first; localPort <= last; localPort += 1) {
    // An https.Agent takes the same two options: new https.Agent({ keepAlive: true, localAddress, localPort }).
    const socket = connect({ ...remote, localAddress, localPort });
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      socket.destroy();
      if (!TAKEN.includes(error.code)) throw error;
    }
  }
  throw new Error(`no port of ${first}-${last} is free`);
}

const [localAddress, first, last, host, port] = process.argv.slice(2);
const socket = await connectFrom(localAddress, Number(first), Number(last), { host, port: Number(port) });
console.log(`local ${socket.localAddress}:${socket.localPort}`);
socket.destroy();
