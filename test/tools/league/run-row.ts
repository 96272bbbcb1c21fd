/**
 * Runs one row: two namespaces of its own, the built daemon in one of them, and the traffic. Collects what both sides
 * print.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLab, labScript, SECOND_SERVER_ADDRESS, type Lab, type LabProcess } from '../../lab/namespaces.js';
import type { ClientEvent, ClientOrder } from './client.js';
import { startDaemon, startWatch } from './observed.js';
import { SAMPLING_SECONDS, SERVER_PORT, type Row } from './row.js';
import type { Stream } from './traffic.js';
import type { Sighting } from './watch.js';

/** What was observed of one row. */
export interface Account {
  readonly events: readonly ClientEvent[];
  readonly sightings: readonly Sighting[];
}

const START_TIMEOUT_MS = 60_000;
/** The time allowed on top of the schedule of the traffic. */
const LATE_MS = 20_000;
const LEARN_TIMEOUT_MS = 120_000;
/** Closes to another address, which leaves the pool under test untouched: enough for some releases a minute later. */
const WARM_UP: Stream = {
  address: SECOND_SERVER_ADDRESS,
  port: SERVER_PORT,
  by: 'ipv4',
  bindTo: null,
  ending: 'close',
  phases: [{ perSecond: 4, seconds: 16 }],
};

/** Runs a row, from making its namespaces to removing them. `starting` limits how many rows start at once. */
export async function runRow(row: Row, starting: <T>(start: () => Promise<T>) => Promise<T>): Promise<Account> {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-league-'));
  const lab = createLab({ name: row.id, range: row.range, sysctls: row.sysctls });
  try {
    const watch = await starting(async () => {
      await startServers(lab, row);
      return startWatch(lab, await startDaemon(lab, folder, row.daemonFirst));
    });
    if (row.warm) await warmUp(lab, watch);
    const client = startClient(lab, { streams: row.streams, lingerSeconds: row.lingerSeconds });
    await client.line(/"ended"/, durationMs(row.streams) + LATE_MS);
    // Waits for one more sample, which shows the state at the end of the traffic.
    await pause(SAMPLING_SECONDS * 1000);
    return { events: parseLines(client), sightings: parseLines(watch) };
  } finally {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function parseLines<T>(process: LabProcess): T[] {
  return process.lines.map((line) => JSON.parse(line) as T);
}

async function startServers(lab: Lab, row: Row): Promise<void> {
  const server = labScript('tools/league/server.ts');
  const started = [
    lab.start(row.serverIn, [...server, String(SERVER_PORT), JSON.stringify(row.server)], priority(row.streams)),
  ];
  if (row.listeners !== null) started.push(lab.start('client', [...server, row.listeners.join('-')]));
  await Promise.all(started.map((each) => each.line(/listening/, START_TIMEOUT_MS)));
}

/** Resolves when the daemon has learned the phase of the timer wheel, or when the time for it is over. */
async function warmUp(lab: Lab, watch: LabProcess): Promise<void> {
  const client = startClient(lab, { streams: [WARM_UP], lingerSeconds: 0 });
  await client.line(/"ended"/, durationMs([WARM_UP]) + LATE_MS);
  await watch.line(/"granularityLearned":true/, LEARN_TIMEOUT_MS);
}

function startClient(lab: Lab, order: ClientOrder): LabProcess {
  return lab.start('client', [...labScript('tools/league/client.ts'), JSON.stringify(order)], priority(order.streams));
}

/** A burst takes a whole core for a while, so it gets a lower priority than the paced clients of other rows. */
function priority(streams: readonly Stream[]): { LAB_PRIORITY: string } {
  const bursts = streams.some(({ phases }) => phases.some(({ burst = 0 }) => burst > 0));
  return { LAB_PRIORITY: bursts ? '1' : '2' };
}

function durationMs(streams: readonly Stream[]): number {
  const seconds = streams.map(({ phases }) => phases.reduce((sum, phase) => sum + phase.seconds, 0));
  return Math.max(...seconds) * 1000;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
