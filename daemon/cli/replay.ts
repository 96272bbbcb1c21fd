/** `portcast replay`: runs a recording or the stored history through the forecast and the alerts, in virtual time. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Config } from '../config/config.js';
import { messageOf, PortcastError } from '../errors.js';
import { formatCount } from '../units.js';
import { MIGRATIONS_DIR } from '../paths.js';
import { loadConfigFor, EXIT, printJson, addConfigOption, type CliContext, type CliIo } from './context.js';
import { escapeStrings } from './terminal.js';
import { createReplayJson, formatReplay, type Replayed } from './replay-report.js';
import { findMaxSampleAgeMs } from '../sampling/freshness.js';

/** The first bytes of a SQLite database (SQLite file format, 1.2) and of a gzip file (RFC 1952, 2.3.1). */
const SQLITE_MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

interface ReplayOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Replays a whole file without a clock. The signal ends the replay early. */
type ReplayFile = (file: string, config: Config, signal: AbortSignal) => Promise<Replayed>;

export function addReplay(program: Command, context: CliContext): void {
  const command = program
    .command('replay')
    .description(
      'show which alerts a recording or a database would have raised, how early, and how good the forecasts were',
    )
    .argument('<file>', 'a recording made by portcast record, or a database of portcast')
    .option('--json', 'as JSON');
  addConfigOption(command).action(async (file: string, options: ReplayOptions) => {
    context.finish(await replayCommand(context.io, { ...options, file }));
  });
}

/** @throws PortcastError USAGE when there is no such file; RECORDING_INVALID or STORE_* when its content is wrong. */
async function replayCommand(io: CliIo, options: ReplayOptions & { file: string }): Promise<number> {
  const { config } = loadConfigFor(io, options.config);
  const file = resolve(io.cwd, options.file);
  const replay = detectKind(file) === 'recording' ? replayRecording : replayHistory;
  const replayed = await replay(file, config, io.signal).catch((error: unknown) => {
    throw explainFailure(file, error);
  });
  if (options.json === true) printJson(io, createReplayJson(replayed));
  else io.out(`${formatReplay(escapeStrings(replayed))}\n`);
  return io.signal.aborted ? EXIT.failed : EXIT.ok;
}

/** Whatever goes wrong with a file is an error about this file, because its content may be anything. */
function explainFailure(file: string, error: unknown): PortcastError {
  if (error instanceof PortcastError) return error;
  return new PortcastError('RECORDING_INVALID', `${file}: the content cannot be replayed: ${messageOf(error)}`, {
    cause: error,
  });
}

const replayRecording: ReplayFile = async (file, config, signal) => {
  const [{ openRecording }, { createRecordingReplay: createReplay }] = await Promise.all([
    import('../source/recording/recording.js'),
    import('../replay/recording-replay.js'),
  ]);
  const recording = openRecording(file);
  const replay = createReplay(config.alerts, await findMaxSampleAge(config));
  let hasFailedConnects = false;
  try {
    const { host } = await recording.header();
    for await (const sample of recording) {
      if (signal.aborted) break;
      hasFailedConnects ||= sample.failures !== null;
      replay.take(sample);
    }
    const outcome = replay.finish();
    if (outcome.samples === 0) {
      throw new PortcastError(
        'RECORDING_INVALID',
        `${file}: the recording has no socket table, so there is nothing to replay`,
      );
    }
    const notes = [
      ...(recording.truncated() ? ['the end of the file is missing; the part before it was replayed'] : []),
      ...listInterruption(signal),
      ...(replay.repeated() === 0
        ? []
        : [
            `${formatCount(replay.repeated())} tables were left out: their clock is not after that of the table before`,
          ]),
      ...(hasFailedConnects
        ? []
        : ['failed connects were not recorded: exhaustion is derived from the socket tables only']),
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
    const replay = createStoredReplay(config.alerts, await findMaxSampleAge(config), history.pools());
    for (const minutes of history.minuteWindows()) {
      // A signal is noticed only while the event loop turns.
      await setImmediate();
      if (signal.aborted) break;
      replay.takeMinutes(minutes);
    }
    for (const samples of history.rawWindows()) {
      await setImmediate();
      if (signal.aborted) break;
      replay.takeSamples(samples);
    }
    const { outcome, notes } = replay.finish(history.hours());
    const damaged = history.damaged();
    const left = damaged === 0 ? [] : [`${formatCount(damaged)} damaged pools, blocks and samples were left out`];
    return { file, kind: 'history', host: null, notes: [...notes, ...left, ...listInterruption(signal)], outcome };
  } finally {
    history.close();
  }
};

/** The file does not contain the schedule of the daemon that wrote it, so this assumes the default beat. */
export async function findMaxSampleAge({ sampling }: Config): Promise<number> {
  const { findBeatMs } = await import('../sampling/schedule.js');
  return findMaxSampleAgeMs({ beatMs: findBeatMs(sampling.schedule), maxIntervalMs: sampling.maxIntervalMs });
}

function listInterruption(signal: AbortSignal): string[] {
  return signal.aborted ? ['interrupted: only a part of the file was replayed'] : [];
}

/** The first bytes decide, not the name of the file. */
function detectKind(file: string): 'recording' | 'database' {
  const head = readHead(file);
  if (head.equals(SQLITE_MAGIC)) return 'database';
  if (head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) return 'recording';
  const found =
    head.length === 0 ? 'an empty file' : `a file that begins with ${JSON.stringify(head.toString('latin1'))}`;
  const allowed = 'a recording made by portcast record (gzip), or a database of portcast (SQLite)';
  throw new PortcastError('RECORDING_INVALID', `${file}: found ${found}; allowed ${allowed}`);
}

function readHead(file: string): Buffer {
  let fd: number;
  try {
    // Opening a pipe waits for a writer, so the kind is looked at before.
    if (!statSync(file).isFile())
      throw new PortcastError('USAGE', `${file}: found a folder, a pipe or a device; allowed a regular file`);
    fd = openSync(file, 'r');
  } catch (cause) {
    if (cause instanceof PortcastError) throw cause;
    throw new PortcastError('USAGE', `${file}: cannot be read: ${messageOf(cause)}`, { cause });
  }
  try {
    const head = Buffer.alloc(SQLITE_MAGIC.length);
    return head.subarray(0, readSync(fd, head, 0, head.length, 0));
  } finally {
    closeSync(fd);
  }
}
