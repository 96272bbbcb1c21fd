/**
 * Uses up ports in one of several ways, then sends messages through the real store, outbox, mail channel and HTTP agent.
 * Prints one JSON line. `delivery-client.ts SCENE FOLDER SERVER SMTP_PORT HTTP_PORT OTHER_PORT`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createConnections } from '../../daemon/notify/connect/connections.js';
import { createEmailChannel, type EmailChannel } from '../../daemon/notify/email/email-channel.js';
import { createOutbox } from '../../daemon/notify/outbox.js';
import { SYSTEM_CLOCK } from '../../daemon/clock.js';
import { createLog } from '../../daemon/log.js';
import { MIGRATIONS_DIR } from '../../daemon/paths.js';
import { openStore } from '../../daemon/store/store.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../daemon/units.js';
import { readCurrentPortLimits } from '../../daemon/source/port-limits.js';
import { createMail } from '../builders/records.js';
import { smtpOptions } from '../builders/mail-server.js';
import { openSockets } from '../tools/league/libc.js';
import type { DeliveryReport, DeliveryScene } from './delivery-scenes.js';

const [scene = '', folder = '', server = '', ...ports] = process.argv.slice(2);
const [smtpPort = 0, httpPort = 0, otherPort = 0] = ports.map(Number);
const MESSAGES = 20;
const NAME = 'mail.portcast.test';

/** Opens connections until there is no port left for another one. */
function fill(port: number, ending: 'close' | 'keep'): void {
  const sockets = openSockets();
  const stream = { address: server, port, by: 'ipv4', bindTo: null, ending: 'close', phases: [] } as const;
  for (;;) {
    const opened = sockets.open(stream);
    if (typeof opened !== 'number') return;
    if (ending === 'close') sockets.close(opened);
  }
}

const exhaust: Record<DeliveryScene, () => number> = {
  'another destination': () => (fill(otherPort, 'close'), otherPort),
  'the servers themselves': () => (fill(smtpPort, 'close'), fill(httpPort, 'close'), smtpPort),
  'live connections': () => (fill(otherPort, 'keep'), fill(smtpPort, 'keep'), fill(httpPort, 'keep'), smtpPort),
  'bound ports': () => (bindRange(), smtpPort),
  'reserved ports': () => (reserveRange(), smtpPort),
  'no resolver': () => 0,
};

function readRange(): [number, number] {
  const [first = 0, last = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
  return [first, last];
}

function bindRange(): void {
  const sockets = openSockets();
  const [first, last] = readRange();
  for (let port = first; port <= last; port += 1) sockets.bind(port);
}

function reserveRange(): void {
  writeFileSync('/proc/sys/net/ipv4/ip_local_reserved_ports', readRange().join('-'));
}

/** What a plain connect meets: null when it succeeds, else its error. */
function probe(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: server, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(null);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const health = { report: () => undefined };
const log = createLog({ level: 'error', format: 'json', write: (line) => void process.stderr.write(line) });
const store = openStore({
  file: join(folder, 'portcast.db'),
  capBytes: 64 * 2 ** 20,
  retention: { rawMs: 6 * HOUR_MS, minuteMs: 14 * DAY_MS, hourMs: 400 * DAY_MS },
  maxSeries: 500,
  maxSampleAgeMs: 35 * SECOND_MS,
  migrationsDir: MIGRATIONS_DIR,
  clock: SYSTEM_CLOCK,
  health,
  log,
});
// As a run of the daemon before this one has left it.
store.saveAddresses([{ host: NAME, addresses: [server], atMs: Date.now() - HOUR_MS }]);
const parts = { readLimits: readCurrentPortLimits, store, clock: SYSTEM_CLOCK, random: Math.random };
const connections = createConnections({ localPorts: 'auto', ...parts });
const host = scene === 'no resolver' ? NAME : server;
const openChannel = (): EmailChannel =>
  createEmailChannel(smtpOptions({ host, port: smtpPort, timeoutMs: 20_000 }), connections.dial);

/** From the commit to the acceptance by the server, in ms. */
async function sendMail(channel: EmailChannel, index: string): Promise<number> {
  const outbox = createOutbox({ name: 'mail', store, channel, clock: SYSTEM_CLOCK, health, log, random: Math.random });
  const startedMs = performance.now();
  store.commitAlerts([], [createMail(index, { html: 'x'.repeat(20_000), createdAtMs: Date.now() })]);
  await outbox.tick();
  const { pending, lastError } = store.outboxSummary('mail');
  if (pending !== 0) throw new Error(`not sent: ${lastError ?? ''}`);
  return performance.now() - startedMs;
}

function post(): Promise<number> {
  const agent = connections.createAgent('http:', 20_000);
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(`http://${server}:${httpPort}/`, { agent, method: 'POST' }, (response) => {
      response.resume();
      response.on('end', () => resolve(performance.now() - startedMs));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ text: 'x'.repeat(2000) }));
  });
}

async function repeat(act: (index: number) => Promise<number>): Promise<number[]> {
  const figures: number[] = [];
  for (let index = 0; index < MESSAGES; index += 1) figures.push(await act(index));
  return figures;
}

const probed = exhaust[scene as DeliveryScene]();
const before = probed === 0 ? null : await probe(probed);
const cold = await repeat(async (index) => {
  const channel = openChannel();
  const ms = await sendMail(channel, `cold-${index}`);
  channel.close();
  return ms;
});
const channel = openChannel();
channel.warm();
await new Promise((resolve) => setTimeout(resolve, 1000));
const warm = await repeat((index) => sendMail(channel, `warm-${index}`));
const http = await repeat(post);
const after = probed === 0 ? null : await probe(probed);
const report: DeliveryReport = { before, after, cold, warm, http, why: connections.choosePorts().why };
process.stdout.write(`${JSON.stringify(report)}\n`);
channel.close();
store.close();
process.exit(0);
