/** What the daemon costs: CPU time and memory on a quiet host, and the delay of its event loop at 28,000 rows. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../../../daemon/clock.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { openGlanceReader } from '../../../daemon/source/linux/glance-reader.js';
import { benchRow, type BenchResult } from './bench.js';

const WARM_UP_SECONDS = 15;
const QUIET_SECONDS = 60;
const LOOP_SECONDS = 75;
const CHURN_RATE = 465;
/** After this time the first connections have left TIME_WAIT, so that the table is full and stays full. */
const CHURN_FILL_SECONDS = 66;
const USER_HZ = 100;
const GLANCES = 2000;

/** The options of `npm start` and of the service. */
const MEMORY_OPTIONS = ['--max-old-space-size=256', '--max-semi-space-size=2', '--v8-pool-size=1'];

const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export async function benchDaemon(): Promise<BenchResult> {
  const quiet = await measureQuiet();
  const idle = await loopDelay('idle', LOOP_SECONDS);
  const churn = runScript('churn.ts', [String(CHURN_RATE), String(CHURN_FILL_SECONDS + LOOP_SECONDS + 20)]);
  let busy: LoopFigures;
  try {
    await wait(CHURN_FILL_SECONDS);
    busy = await loopDelay('daemon', LOOP_SECONDS);
  } finally {
    churn.kill();
  }
  return {
    name: 'The daemon itself',
    rows: [
      benchRow('CPU on a quiet host, of one core', quiet.cpuPercent, { unit: '%', limit: 0.4 }),
      // Four glances a second may take a thousandth of a core.
      benchRow('CPU time of a glance between two beats', measureGlanceUs(), { unit: 'us', limit: 250 }),
      benchRow('resident memory', quiet.residentMb, { unit: 'MB', limit: 130 }),
      benchRow('event-loop delay p99, idle process', idle.eventLoopDelayP99Ms, { unit: 'ms' }),
      benchRow(`event-loop delay p99, sampling ${busy.rows ?? 0} rows`, busy.eventLoopDelayP99Ms, {
        unit: 'ms',
        limit: 10,
      }),
    ],
    notes: [
      `quiet: ${QUIET_SECONDS} s after a warm-up of ${WARM_UP_SECONDS} s, CPU and VmRSS from /proc`,
      `event loop: ${LOOP_SECONDS} s at a resolution of 1 ms, ${busy.dumps ?? 0} full dumps in that time`,
    ],
  };
}

/** The mean over many glances, each with the reading that is made only when ports are being taken. */
function measureGlanceUs(): number {
  const reader = openGlanceReader();
  const glance = (): void => {
    reader.readHeldPorts();
    reader.readActiveOpens();
  };
  for (let round = 0; round < GLANCES; round += 1) glance();
  const before = SYSTEM_CLOCK.cpuMs();
  for (let round = 0; round < GLANCES; round += 1) glance();
  const cpuMs = SYSTEM_CLOCK.cpuMs() - before;
  reader.close();
  return (1000 * cpuMs) / GLANCES;
}

interface LoopFigures {
  readonly eventLoopDelayP99Ms: number;
  readonly rows?: number;
  readonly dumps?: number;
}

async function loopDelay(mode: 'idle' | 'daemon', seconds: number): Promise<LoopFigures> {
  const child = runScript('loop-delay.ts', [mode, String(seconds)]);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`loop-delay.ts ${mode} ended with ${code ?? 'a signal'}: ${output}`);
  return JSON.parse(output) as LoopFigures;
}

function runScript(name: string, args: readonly string[]): ChildProcess {
  const argv = [...MEMORY_OPTIONS, '--import', 'tsx', join(PACKAGE_ROOT, 'test', 'tools', 'bench', name), ...args];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function measureQuiet(): Promise<{ cpuPercent: number; residentMb: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-bench-'));
  const config = join(folder, 'config.yaml');
  writeFileSync(config, 'http:\n  port: 0\n');
  const main = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');
  const child = spawn(process.execPath, [...MEMORY_OPTIONS, main, 'run', '--config', config], {
    env: { ...process.env, STATE_DIRECTORY: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await wait(WARM_UP_SECONDS);
    const before = cpuTicks(child.pid ?? 0);
    await wait(QUIET_SECONDS);
    const ticks = cpuTicks(child.pid ?? 0) - before;
    return { cpuPercent: (ticks / USER_HZ / QUIET_SECONDS) * 100, residentMb: residentBytes(child.pid ?? 0) / 1e6 };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** utime + stime, fields 14 and 15 of /proc/PID/stat. The name in field 2 may contain blanks. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kib) * 1024;
}
