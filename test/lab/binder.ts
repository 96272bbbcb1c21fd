/** `node --import tsx binder.ts FIRST LAST` binds these ports without connecting them, and prints `bound`. */
import { openSockets } from '../tools/league/libc.js';

const [first = NaN, last = NaN] = process.argv.slice(2).map(Number);
const sockets = openSockets();
for (let port = first; port <= last; port += 1) sockets.bind(port);
process.stdout.write('bound\n');
setInterval(() => undefined, 60_000);
