/**
 * Kills a process that raises, acknowledges, silences, resolves and mails alerts, again and again at random moments, and then looks for what was
 * lost or told twice.
 */
import Database from 'better-sqlite3';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { startMailServer } from '../../builders/mail-server.js';

const CHILD = fileURLToPath(import.meta.resolve('./mailing-child.ts'));
const GAP_MS = 15;
/** A process is killed at a random instant this long after it is ready, at most. */
const LIFE_MS = 600;
/** How long the mail server waits before it answers, at most: so kills also hit between its acceptance and its answer. */
const ANSWER_MS = 20;
/** The last process sends what waits. It is killed after this time without progress. */
const STUCK_MS = 30_000;

interface KillReport {
  readonly rounds: number;
  readonly alerts: number;
  readonly messages: number;
  readonly incidents: number;
  readonly acknowledged: number;
  readonly silences: number;
  /** Rounds after which the database was damaged. */
  readonly damaged: number;
  /** Ids whose commit had returned and that are not in the database. */
  readonly lost: readonly string[];
  /** Messages that were committed and never accepted by the server. */
  readonly unsent: readonly string[];
  /** Messages that were accepted twice because the process was killed before the answer was on disk. */
  readonly answerLost: number;
  /** Messages that were accepted again after their outcome was on disk. */
  readonly toldTwice: readonly string[];
}

interface Promises {
  readonly alerts: Set<string>;
  readonly messages: Set<string>;
  readonly incidents: Set<string>;
  readonly acknowledged: Set<string>;
  readonly silences: Set<string>;
  readonly recorded: Set<string>;
}

interface Child extends ChildProcess {
  readonly stdout: Readable;
}

/** @param file a database that does not exist yet */
export async function killRounds(file: string, rounds: number): Promise<KillReport> {
  const promises: Promises = {
    alerts: new Set(),
    messages: new Set(),
    incidents: new Set(),
    acknowledged: new Set(),
    silences: new Set(),
    recorded: new Set(),
  };
  const accepted = new Map<string, number>();
  const toldTwice = new Set<string>();
  const cleanups: (() => Promise<void>)[] = [];
  const server = await startMailServer((close) => cleanups.push(close), {
    onData(stream, _session, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        const id = /^Message-ID: <(.+)>/im.exec(text)?.[1] ?? '';
        if (promises.recorded.has(id)) toldTwice.add(id);
        accepted.set(id, (accepted.get(id) ?? 0) + 1);
        setTimeout(done, Math.random() * ANSWER_MS);
      });
    },
  });
  let damaged = 0;
  const lost = new Set<string>();
  try {
    for (let round = 0; round < rounds; round++) {
      await liveAndKill(spawnChild([file, String(server.port), String(round), String(GAP_MS)]), promises);
      const found = inspect(file, promises);
      if (!found.isWhole) damaged += 1;
      found.lost.forEach((id) => lost.add(id));
    }
    await sendTheRest(spawnChild([file, String(server.port), String(rounds), '0']), promises);
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
  const again = [...accepted].filter(([id, times]) => times > 1 && !toldTwice.has(id));
  return {
    rounds,
    alerts: promises.alerts.size,
    messages: promises.messages.size,
    incidents: promises.incidents.size,
    acknowledged: promises.acknowledged.size,
    silences: promises.silences.size,
    damaged,
    lost: [...lost],
    unsent: [...promises.messages].filter((id) => !accepted.has(id)),
    answerLost: again.length,
    toldTwice: [...toldTwice],
  };
}

function spawnChild(args: readonly string[]): Child {
  return spawn(process.execPath, ['--import', 'tsx', CHILD, ...args], {
    cwd: PACKAGE_ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function liveAndKill(child: Child, promises: Promises): Promise<void> {
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  for await (const line of createInterface(child.stdout)) {
    if (line === 'ready') void sleep(Math.random() * LIFE_MS).then(() => child.kill('SIGKILL'));
    note(line, promises);
  }
  const [code, signal] = await exited;
  if (signal !== 'SIGKILL') throw new Error(`a process ended by itself with ${code ?? signal}`);
}

/** Lives until no message waits any more. */
async function sendTheRest(child: Child, promises: Promises): Promise<void> {
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), STUCK_MS);
  for await (const line of createInterface(child.stdout)) {
    note(line, promises);
    timer.refresh();
    if (line === 'empty') child.kill('SIGKILL');
  }
  clearTimeout(timer);
  await exited;
}

function note(line: string, { alerts, messages, recorded, incidents, acknowledged, silences }: Promises): void {
  const [what, first = '', second = ''] = line.split(' ');
  if (what === 'opened') incidents.add(first);
  if (what === 'acknowledged') acknowledged.add(first);
  if (what === 'silenced') silences.add(first);
  if (what === 'recorded') recorded.add(first);
  if (what !== 'committed') return;
  alerts.add(first);
  messages.add(second);
}

function inspect(
  file: string,
  { alerts, messages, incidents, acknowledged, silences }: Promises,
): { isWhole: boolean; lost: string[] } {
  const db = new Database(file);
  try {
    const isWhole = db.pragma('integrity_check', { simple: true }) === 'ok';
    const ids = (sql: string): Set<string> => new Set(db.prepare<[], string>(sql).pluck().all());
    const storedAlerts = ids('SELECT id FROM alert');
    const storedMessages = ids('SELECT message_id FROM outbox');
    const missing = (promised: Set<string>, stored: Set<string>) => [...promised].filter((id) => !stored.has(id));
    const lost = [
      ...missing(alerts, storedAlerts),
      ...missing(messages, storedMessages),
      ...missing(incidents, ids('SELECT id FROM incident')),
      ...missing(acknowledged, ids("SELECT id FROM incident WHERE body ->> '$.acknowledgement' IS NOT NULL")),
      ...missing(silences, ids('SELECT id FROM silence')),
    ];
    return { isWhole, lost };
  } finally {
    db.close();
  }
}
