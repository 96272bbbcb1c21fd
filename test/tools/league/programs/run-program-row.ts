/** Runs one row of real programs: two namespaces of its own, the programs, the built daemon, and the tracepoint. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SECOND_MS } from '../../../../daemon/units.js';
import { createLab, labScript, type Lab, type LabProcess } from '../../../lab/namespaces.js';
import { startDaemon, startWatch } from '../observed.js';
import { SAMPLING_SECONDS } from '../row.js';
import type { Sighting } from '../watch.js';
import type { FailedCall, ProgramAccount } from './judge-programs.js';
import { FIRST_PORT, type Place, type Program, type ProgramRow } from './program-row.js';
import type { Workshop } from './workshop.js';

const START_TIMEOUT_MS = 60 * SECOND_MS;
const PROBE_EVERY_MS = 200;
/** How long a row goes on after its first failed connect, so that failures are counted and a late alert is seen. */
const LINGER_MS = 3 * SECOND_MS;
/** In a PID namespace of its own, everything that a program started dies with it. */
const CONTAINED = ['unshare', '--pid', '--ipc', '--fork', '--kill-child=KILL', '--'];

type Starting = <T>(start: () => Promise<T>) => Promise<T>;

/** Runs a row, from making its namespaces to removing them. `starting` limits how many rows start at once. */
export async function runProgramRow(
  row: ProgramRow,
  run: number,
  workshop: Workshop,
  starting: Starting,
): Promise<ProgramAccount> {
  const place: Place = { folder: join(workshop.folder, `${row.id}-${run}`), port: workshop.nextPort() };
  mkdirSync(place.folder);
  chmodSync(place.folder, 0o711);
  for (const [name, text] of Object.entries(row.files(place))) writeFileSync(join(place.folder, name), text);
  const lab = createLab({ name: `${row.id}${run}`, range: [FIRST_PORT, FIRST_PORT + row.ports - 1] });
  const contained: LabProcess[] = [];
  const startNext = async (program: Program): Promise<void> => {
    const started = startContained(lab, place, program);
    contained.push(started);
    workshop.programs.add(started);
    await untilReady(lab, program, started);
  };
  try {
    const [truth, watch] = await starting(async () => {
      for (const program of row.before) await startNext(program);
      const watcher = lab.start('client', [
        ...labScript('tools/league/programs/truth-watch.ts'),
        workshop.tracefs,
        String(place.port),
      ]);
      await watcher.line(/^watching$/, START_TIMEOUT_MS);
      return [watcher, await startWatch(lab, await startDaemon(lab, place.folder))] as const;
    });
    const startedAtMs = Date.now();
    for (const program of row.programs) await startNext(program);
    const onsetAtMs = await runTraffic(row, truth, contained);
    await truth.stop();
    return {
      startedAtMs,
      onsetAtMs,
      failures: failedCalls(truth.lines),
      printed: contained.flatMap(({ lines }) => lines),
      sightings: watch.lines.map((line) => JSON.parse(line) as Sighting),
    };
  } finally {
    // unshare does not pass SIGTERM on, and what it contains has nothing to save.
    await Promise.all(contained.map((program) => program.stop('SIGKILL')));
    await lab.close();
    rmSync(place.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: PROBE_EVERY_MS });
  }
}

function failedCalls(lines: readonly string[]): FailedCall[] {
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as FailedCall);
}

/**
 * Waits until the row's time is over, or until shortly after the first failed connect.
 *
 * @returns when the mark of the row was printed
 */
async function runTraffic(row: ProgramRow, truth: LabProcess, programs: readonly LabProcess[]): Promise<number | null> {
  const timeoutMs = row.seconds * SECOND_MS;
  let onsetAtMs: number | null = null;
  const { onset } = row;
  if (onset !== null) {
    const marks = programs.map((program) => program.line(onset, timeoutMs).then(() => (onsetAtMs ??= Date.now())));
    for (const mark of marks) mark.catch(() => undefined);
  }
  const failed = await truth.line(/^\{/, timeoutMs).then(
    () => true,
    () => false,
  );
  await pause(failed ? LINGER_MS : SAMPLING_SECONDS * SECOND_MS);
  return onsetAtMs;
}

function startContained(lab: Lab, place: Place, { side, argv }: Program): LabProcess {
  return lab.start(side, [...CONTAINED, ...argv(place)]);
}

async function untilReady(lab: Lab, { side, ready }: Program, started: LabProcess): Promise<void> {
  if (ready instanceof RegExp) await started.line(ready, START_TIMEOUT_MS);
  else if (ready === 'ended') await untilEnded(started);
  else if (ready !== null) await untilListening(lab, side, ready, started);
}

async function untilEnded(program: LabProcess): Promise<void> {
  const code = await program.exited;
  if (code !== 0) throw new Error(`a program ended with ${code ?? 'a signal'}: ${program.lines.join('\n')}`);
}

async function untilListening(lab: Lab, side: Program['side'], port: number, program: LabProcess): Promise<void> {
  const giveUpMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const probe = lab.start(side, ['ss', '-Hltn', `sport = :${port}`]);
    await probe.exited;
    if (probe.lines.length > 0) return;
    if (program.child.exitCode !== null || performance.now() > giveUpMs) {
      throw new Error(`nothing listens on port ${port}: ${program.lines.slice(-20).join('\n')}`);
    }
    await pause(PROBE_EVERY_MS);
  }
}
