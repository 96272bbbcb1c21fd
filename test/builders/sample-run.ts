/** Runs a program of assets/samples against a listener, with the first port of its range in use. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { expect } from 'vitest';

const run = promisify(execFile);
const LOCAL_ADDRESS = '127.0.0.2';
const LISTENS_AT = '127.0.0.1';
const FIRST_PORT = 5001;
const PORTS = 400;

/**
 * Checks that the program connects from a port of the range that it was given, and not from the one that is in use.
 * @param argv the program; the arguments of the sample are added.
 */
export async function runSample(argv: readonly string[], more: readonly string[] = []): Promise<void> {
  const seen: string[] = [];
  const server = createServer((socket: Socket) => {
    seen.push(`${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`);
    socket.on('error', () => undefined);
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
  });
  const port = await listen(server, LISTENS_AT, 0);
  const holder = createServer();
  const first = await holdPort(holder);
  try {
    const last = first + PORTS;
    const [program = '', ...args] = argv;
    const given = [LOCAL_ADDRESS, `${first}`, `${last}`, LISTENS_AT, `${port}`, ...more];
    const { stdout } = await run(program, [...args, ...given], { timeout: 120_000 });
    if (more.length === 0) expect(stdout.trim()).toBe(`local ${seen[0] ?? ''}`);
    const [address, chosen] = (seen[0] ?? '').split(':');
    expect(address).toBe(LOCAL_ADDRESS);
    expect(Number(chosen)).toBeGreaterThan(first);
    expect(Number(chosen)).toBeLessThanOrEqual(last);
  } finally {
    server.close();
    holder.close();
  }
}

/** Listens on the first port that is free, from FIRST_PORT on. */
async function holdPort(holder: Server): Promise<number> {
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) {
    try {
      return await listen(holder, LOCAL_ADDRESS, port);
    } catch {
      // The next port may be free.
    }
  }
  throw new Error('no port to hold');
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
