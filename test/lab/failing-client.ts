/**
 * Opens COUNT connections at once, keeps those that succeed, and prints how many failed by errno, as one JSON line. It
 * runs until it is ended, so that its process can be looked up. `node --import tsx failing-client.ts ADDRESS PORT COUNT
 * [LOCAL]`; with LOCAL each socket is bound to that address and port 0 first.
 */
import { connect } from 'node:net';

const [host = '', port = '', count = '', localAddress] = process.argv.slice(2);
const codes: Record<string, number> = {};
let settled = 0;
const settle = (outcome: string): void => {
  codes[outcome] = (codes[outcome] ?? 0) + 1;
  settled += 1;
  if (settled === Number(count)) process.stdout.write(`${JSON.stringify({ pid: process.pid, codes })}\n`);
};
for (let opened = 0; opened < Number(count); opened += 1) {
  const socket = connect({ host, port: Number(port), ...(localAddress === undefined ? {} : { localAddress }) });
  socket.once('connect', () => settle('connected'));
  socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
}
