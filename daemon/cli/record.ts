/** `portcast record`: records socket tables to a file, for a replay or a bug report. */
import type { Command } from 'commander';
import { SYSTEM_CLOCK } from '../clock.js';
import type { FailureReader } from '../contracts.js';
import type { FailedConnect } from '../pool/failed-connect.js';
import type { Recorder, RecorderOptions } from '../source/recording/recorder.js';
import { formatCount, formatDuration, SECOND_MS } from '../units.js';
import {
  createCommandLog,
  loadConfigFor,
  parseDurationArgument,
  EXIT,
  pause,
  addConfigOption,
  type CliContext,
  type CliIo,
} from './context.js';
import { createSourceOption } from './forecast.js';
import type { SourceSetting } from './reading.js';
import type { StartSource } from './one-shot.js';

const INTERVAL_MS = 2 * SECOND_MS;

interface RecordOptions {
  readonly config?: string;
  readonly source?: SourceSetting;
  /** Milliseconds. */
  readonly for?: number;
  readonly anonymize?: boolean;
}

interface RecordParts {
  readonly startSource: StartSource;
  readonly createRecorder: (options: RecorderOptions) => Recorder;
  /** Watches for failed connects, where that is possible. */
  readonly failures?: FailureReader;
  readonly intervalMs?: number;
}

export function addRecord(program: Command, context: CliContext): void {
  const command = program
    .command('record')
    .description('record the socket table to a file, every 2 s, until Ctrl-C')
    .argument('<file>', 'the file to create')
    .option('--for <duration>', 'stop after this time, such as 10m', parseDurationArgument)
    .option('--anonymize', 'replace every address, the same address always by the same one')
    .addOption(createSourceOption());
  addConfigOption(command).action(async (file: string, options: RecordOptions) => {
    const [{ startSource }, { createRecorder }, { startFailureSource }] = await Promise.all([
      import('../source/worker/supervisor.js'),
      import('../source/recording/recorder.js'),
      import('../source/linux/tracing/failed-connects.js'),
    ]);
    const { io } = context;
    const setting = loadConfigFor(io, options.config).config.sampling.failures;
    const failures = startFailureSource({ setting, clock: SYSTEM_CLOCK, log: createCommandLog(io) });
    try {
      context.finish(await recordCommand(io, { ...options, file }, { startSource, createRecorder, failures }));
    } finally {
      failures.stop();
    }
  });
}

/** Records until the time is over or the signal comes. The file is complete in both cases. */
export async function recordCommand(io: CliIo, options: RecordOptions & { file: string }, parts: RecordParts) {
  const { config } = loadConfigFor(io, options.config);
  const { startSource, createRecorder, intervalMs = INTERVAL_MS } = parts;
  const setting = options.source ?? config.sampling.source;
  const source = await startSource({ source: setting, namespace: 'host', log: createCommandLog(io) });
  try {
    const { file, anonymize = false } = options;
    const recorder = createRecorder({ file, anonymize, hostName: config.host.name });
    const until = options.for === undefined ? Infinity : performance.now() + options.for;
    let tables = 0;
    try {
      while (!io.signal.aborted && performance.now() < until) {
        const reading = await source.readHost();
        const table = await source.readTable();
        recorder.write(reading, table, readFailedConnects(parts.failures));
        tables += 1;
        await pause(Math.min(intervalMs, Math.max(0, until - performance.now())), io.signal);
      }
    } finally {
      recorder.close();
    }
    io.out(
      `${file}: ${formatCount(tables)} tables, one every ${formatDuration(intervalMs)}, from ${source.choice.name}\n`,
    );
    return EXIT.ok;
  } finally {
    await source.stop();
  }
}

/** Null while failed connects are not counted. */
function readFailedConnects(reader: FailureReader | undefined): readonly FailedConnect[] | null {
  const reading = reader?.readFailures();
  return reading === undefined || reading.offBecause !== null ? null : reading.failures;
}
