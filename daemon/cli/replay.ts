/** `portcast replay`: a recording or the stored history through the alerts of a configuration, in virtual time. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/config.js';
import { messageOf, PortcastError } from '../errors.js';
import { MIGRATIONS_DIR } from '../paths.js';
import { loadConfigFor, EXIT, printJson, withConfig, type CliContext, type CliIo } from './context.js';
import { createReplayJson, formatReplay, type Replayed } from './replay-report.js';
import { findMaxSampleAgeMs } from '../sampling/freshness.js';
import { SECOND_MS } from '../units.js';

const DEFAULT_BEAT_MS = 2 * SECOND_MS;

interface ReplayOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** The whole work is done here, without a clock; `signal` ends it early. */
type ReplayFile = (file: string, config: Config, signal: AbortSignal) => Promise<Replayed>;

export function addReplay(program: Command, context: CliContext): void {
  const command = program
    .command('replay')
    .description('what a recording, or the database, would have raised: which alerts, how early, and how right')
    .argument('<file>', 'a file made by portcast record, or a database of portcast')
    .option('--json', 'as JSON');
  withConfig(command).action(async (file: string, options: ReplayOptions) => {
    context.finish(await replayCommand(context.io, { ...options, file }));
  });
}

/** @throws PortcastError USAGE when there is no such file, RECORDING_INVALID, STORE_* when it is not what it should be. */
async function replayCommand(io: CliIo, options: ReplayOptions & { file: string }): Promise<number> {
  const { config } = loadConfigFor(io, options.config);
  const file = resolve(io.cwd, options.file);
  const replay = kindOf(file) === 'recording' ? replayRecording : replayHistory;
  const replayed = await replay(file, config, io.signal);
  if (options.json === true) printJson(io, createReplayJson(replayed));
  else io.out(`${formatReplay(replayed)}\n`);
  return io.signal.aborted ? EXIT.failed : EXIT.ok;
}

const replayRecording: ReplayFile = async (file, config, signal) => {
  const [{ openRecording }, { createRecordingReplay: createReplay }] = await Promise.all([
    import('../source/recording/recording.js'),
    import('../replay/recording-replay.js'),
  ]);
  const recording = openRecording(file);
  const replay = createReplay(config.alerts, findMaxSampleAge(config));
  let watched = false;
  try {
    const { host } = await recording.header();
    for await (const sample of recording) {
      if (signal.aborted) break;
      watched ||= sample.failures !== null;
      replay.take(sample);
    }
    const outcome = replay.finish();
    if (outcome.samples === 0) {
      throw new PortcastError('RECORDING_INVALID', `${file}: a recording without a single table: nothing to replay`);
    }
    const notes = [
      ...(recording.truncated() ? ['the file is cut off at its end: what is there was replayed'] : []),
      ...interrupted(signal),
      ...(watched ? [] : ['nobody watched for failed connects: that no port was left is known from the tables alone']),
    ];
    return { file, kind: 'recording', host, notes, outcome };
  } finally {
    await recording.close();
  }
};

const replayHistory: ReplayFile = async (file, config, signal) => {
  const [{ openHistory }, { createStoredReplay }] = await Promise.all([
    import('../store/series/export.js'),
    import('../replay/stored-replay.js'),
  ]);
  const history = openHistory(file, MIGRATIONS_DIR);
  try {
    const replay = createStoredReplay(config.alerts, findMaxSampleAge(config), history.pools());
    for (const minutes of history.minuteWindows()) {
      if (signal.aborted) break;
      replay.takeMinutes(minutes);
    }
    for (const samples of history.rawWindows()) {
      if (signal.aborted) break;
      replay.takeSamples(samples);
    }
    const { outcome, notes } = replay.finish(history.hours());
    return { file, kind: 'history', host: null, notes: [...notes, ...interrupted(signal)], outcome };
  } finally {
    history.close();
  }
};

/** A file does not tell the schedule of the daemon that wrote it, so the default beat is taken. */
function findMaxSampleAge({ sampling }: Config): number {
  return findMaxSampleAgeMs({ beatMs: DEFAULT_BEAT_MS, maxIntervalMs: sampling.maxIntervalMs });
}

function interrupted(signal: AbortSignal): string[] {
  return signal.aborted ? ['interrupted: only what came before was replayed'] : [];
}

const SQLITE = Buffer.from('SQLite format 3\0', 'latin1');
const GZIP = Buffer.from([0x1f, 0x8b]);

/** By the first bytes, whatever the name. */
function kindOf(file: string): 'recording' | 'database' {
  const head = readHead(file);
  if (head.equals(SQLITE)) return 'database';
  if (head.subarray(0, GZIP.length).equals(GZIP)) return 'recording';
  const found =
    head.length === 0 ? 'an empty file' : `a file that begins with ${JSON.stringify(head.toString('latin1'))}`;
  const allowed = 'a recording made by portcast record (gzip), or a database of portcast (SQLite)';
  throw new PortcastError('RECORDING_INVALID', `${file}: found ${found}; allowed ${allowed}`);
}

function readHead(file: string): Buffer {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (cause) {
    throw new PortcastError('USAGE', `${file}: cannot be read: ${messageOf(cause)}`, { cause });
  }
  try {
    if (!fstatSync(fd).isFile()) throw new PortcastError('USAGE', `${file}: found no regular file; allowed a file`);
    const head = Buffer.alloc(SQLITE.length);
    return head.subarray(0, readSync(fd, head, 0, head.length, 0));
  } finally {
    closeSync(fd);
  }
}
