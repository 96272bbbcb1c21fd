/** Burns ports for a drill: a server, and a client that closes its connections first. Only ever inside a namespace of its own. */
import { execFileSync } from 'node:child_process';
import { readlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { codeOf, messageOf, PortcastError } from '../errors.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';
import { DRILL_CLOSES_PER_SECOND, DRILL_PORT, DRILL_RANGE } from './synthetic-host.js';

/** Addresses of the documentation network (RFC 5737). */
const CLIENT_ADDRESS = '192.0.2.1';
const SERVER_ADDRESS = '192.0.2.2';
const COMMAND_TIMEOUT_MS = 10 * SECOND_MS;
/** The client stops by itself: after so many connections, and after so long. */
const MAX_CONNECTIONS = 5 * (DRILL_RANGE.last - DRILL_RANGE.first + 1);
const MAX_BURN_MS = 5 * MINUTE_MS;
/** tcp_rfc1337: a reset must not end a TIME_WAIT early. */
const SYSCTLS: Readonly<Record<string, string>> = {
  ip_local_port_range: `${DRILL_RANGE.first} ${DRILL_RANGE.last}`,
  tcp_tw_reuse: '0',
  tcp_rfc1337: '1',
};

export interface Burner {
  begin(): void;
  stop(): void;
}

/** The network namespace of this process; the same text means the same namespace. */
export function readNamespace(): string {
  return readlinkSync('/proc/self/ns/net');
}

/**
 * Prepares the namespace of this process and starts the server.
 * @param hostNamespace the namespace in which no port may be burnt.
 * @param onFailure called once, at the first connect that finds no port.
 * @throws PortcastError SOURCE_UNAVAILABLE where this process is in that namespace, or the network cannot be set up.
 */
export async function openBurner(hostNamespace: string, onFailure: (atMs: number) => void): Promise<Burner> {
  if (hostNamespace === '' || readNamespace() === hostNamespace) {
    throw new PortcastError('SOURCE_UNAVAILABLE', 'a drill burns ports only in a network namespace of its own');
  }
  try {
    ip('link', 'set', 'lo', 'up');
    for (const address of [CLIENT_ADDRESS, SERVER_ADDRESS]) ip('addr', 'add', `${address}/32`, 'dev', 'lo');
    // Without this route connections to an address of this host come from that address.
    ip('route', 'replace', 'local', SERVER_ADDRESS, 'dev', 'lo', 'table', 'local', 'src', CLIENT_ADDRESS);
    for (const [name, value] of Object.entries(SYSCTLS)) writeFileSync(`/proc/sys/net/ipv4/${name}`, value);
    await listen(createServer((socket) => socket.on('error', () => undefined).resume()));
  } catch (error) {
    throw new PortcastError('SOURCE_UNAVAILABLE', `the network of the drill cannot be set up: ${messageOf(error)}`);
  }
  let timer: NodeJS.Timeout | undefined;
  return {
    begin() {
      timer = startClient(onFailure);
    },
    stop: () => clearInterval(timer),
  };
}

function startClient(onFailure: (atMs: number) => void): NodeJS.Timeout {
  let count = 0;
  let hasFailed = false;
  const endMs = performance.now() + MAX_BURN_MS;
  const fail = (error: Error): void => {
    if (hasFailed || codeOf(error) !== 'EADDRNOTAVAIL') return;
    hasFailed = true;
    onFailure(Date.now());
  };
  const timer = setInterval(() => {
    count += 1;
    if (count > MAX_CONNECTIONS || performance.now() > endMs) {
      clearInterval(timer);
      return;
    }
    const socket = connect({ host: SERVER_ADDRESS, port: DRILL_PORT, family: 4 });
    socket.on('error', fail);
    // The side that closes first holds the TIME_WAIT.
    socket.on('connect', () => socket.end());
    socket.resume();
  }, SECOND_MS / DRILL_CLOSES_PER_SECOND);
  return timer;
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(DRILL_PORT, SERVER_ADDRESS, resolve);
  });
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { timeout: COMMAND_TIMEOUT_MS, stdio: ['ignore', 'ignore', 'pipe'] });
}
