/**
 * The dashboard in a real Chromium, before a real daemon on a simulated host with seven days stored: first paint, what an
 * update costs the page, scrolling, memory, and what viewers cost the daemon.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { launchChromium } from '../../browser/chromium.js';
import { benchRow, median, type BenchResult } from './bench.js';
import { measureFirstPaint, measureMemory, measureScroll, measureUpdates, startSmallestPage } from './page-figures.js';
import { measureStream, openViewers } from './page-stream.js';

/** The simulated host is in the same process, so the heap may be larger than that of a daemon. */
const MEMORY_OPTIONS = ['--max-old-space-size=1024', '--max-semi-space-size=2', '--v8-pool-size=1'];
const ROUNDS = 2;
const LOADS = 9;
const CPU_SECONDS = 30;
const VIEWERS = 3;
const USER_HZ = 100;

interface BenchDaemon {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Takes about ten minutes. */
export async function benchPage(): Promise<BenchResult> {
  const daemons: BenchDaemon[] = [];
  const start = async (pools: number): Promise<BenchDaemon> => {
    const daemon = await startDaemon(pools);
    daemons.push(daemon);
    return daemon;
  };
  const browser = await launchChromium();
  try {
    const small = await start(50);
    const large = await start(500);
    return {
      name: 'The page',
      rows: [
        ...(await benchPaint(browser, small)),
        ...(await benchUpdates(browser, small, large)),
        ...(await benchScroll(browser, large)),
        ...(await benchMemory(browser)),
        ...(await benchEvents(small, large)),
        ...(await benchViewers(small)),
      ],
      notes: [
        '50 and 500 pools, every fifth of them busy; seven days stored; Chromium without a GPU',
        'an update: all script of the page from one event to the next, the ticks of its clock included',
      ],
    };
  } finally {
    await browser.close();
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  }
}

async function benchPaint(browser: Browser, { url }: BenchDaemon): Promise<BenchResult['rows']> {
  const smallest = await startSmallestPage();
  const times: number[] = [];
  const smallestTimes: number[] = [];
  try {
    for (let load = 0; load < LOADS; load += 1) {
      times.push(await measureFirstPaint(browser, url));
      smallestTimes.push(await measureFirstPaint(browser, smallest.url));
    }
  } finally {
    smallest.stop();
  }
  return [
    benchRow(`first paint with data, median of ${LOADS} loads`, median(times), { unit: 'ms', limit: 300 }),
    benchRow('first paint of a page of one row and an empty canvas', median(smallestTimes), { unit: 'ms' }),
  ];
}

/** The two are measured in turn, so that a busy minute of the machine meets both. */
async function benchUpdates(browser: Browser, small: BenchDaemon, large: BenchDaemon): Promise<BenchResult['rows']> {
  const [ofSmall, ofLarge]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    ofSmall.push(...(await measureUpdates(browser, small.url)));
    ofLarge.push(...(await measureUpdates(browser, large.url)));
  }
  return [
    benchRow('script of one update, 50 pools, median', median(ofSmall), { unit: 'ms', limit: 5 }),
    benchRow('script of one update, 500 pools all shown, median', median(ofLarge), { unit: 'ms', limit: 16 }),
  ];
}

async function benchScroll(browser: Browser, { url }: BenchDaemon): Promise<BenchResult['rows']> {
  const frames = (await measureScroll(browser, url)).sort((a, b) => a - b);
  return [
    benchRow('a frame while 500 pools scroll, median', median(frames), { unit: 'ms' }),
    benchRow('the same, p95', frames[Math.floor(0.95 * frames.length)] ?? NaN, { unit: 'ms', limit: 34 }),
  ];
}

async function benchMemory(browser: Browser): Promise<BenchResult['rows']> {
  const { startBytes, endBytes } = await measureMemory(browser);
  return [
    benchRow('heap of the tab after half an hour', startBytes / 2 ** 20, { unit: 'MiB' }),
    benchRow('the same one hour later, of that', endBytes / startBytes, { unit: '', limit: 1.05 }),
  ];
}

async function benchEvents(small: BenchDaemon, large: BenchDaemon): Promise<BenchResult['rows']> {
  const [whole, changes, many] = await Promise.all([
    measureStream(small.url, ''),
    measureStream(small.url, '?changes=1'),
    measureStream(large.url, '?changes=1'),
  ]);
  const rows = (name: string, stream: typeof whole, limit?: number) => [
    benchRow(`${name}: one sample, median`, stream.bytesPerSample / 1024, { unit: 'KB' }),
    benchRow(`${name}: compressed`, stream.sentPerSample / 1024, { unit: 'KB' }),
    benchRow(`${name}: largest event`, stream.largestEvent / 1024, {
      unit: 'KB',
      ...(limit === undefined ? {} : { limit }),
    }),
  ];
  return [
    ...rows('whole samples, 50 pools', whole),
    ...rows('changes, 50 pools', changes, 32),
    ...rows('changes, 500 pools', many, 32),
  ];
}

/** The CPU time of the daemon without viewers, with viewers of whole samples, and with viewers of changes, twice in turn. */
async function benchViewers({ url, pid }: BenchDaemon): Promise<BenchResult['rows']> {
  const shares = { none: [] as number[], whole: [] as number[], changes: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    shares.none.push(await measureCpu(pid));
    for (const kind of ['whole', 'changes'] as const) {
      const close = await openViewers(url, kind === 'changes' ? '?changes=1' : '', VIEWERS);
      shares[kind].push(await measureCpu(pid));
      close();
    }
  }
  const none = median(shares.none);
  return [
    benchRow('CPU of the daemon and its simulated host, of one core', none, { unit: '%' }),
    benchRow(`${VIEWERS} viewers of whole samples add`, median(shares.whole) - none, { unit: '%' }),
    benchRow(`${VIEWERS} viewers of changes add`, median(shares.changes) - none, { unit: '%', limit: 1 }),
  ];
}

async function measureCpu(pid: number): Promise<number> {
  const before = cpuTicks(pid);
  await new Promise((resolve) => setTimeout(resolve, CPU_SECONDS * 1000));
  return ((cpuTicks(pid) - before) / USER_HZ / CPU_SECONDS) * 100;
}

/** utime + stime, fields 14 and 15 of /proc/PID/stat. The name in field 2 may contain blanks. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

async function startDaemon(pools: number): Promise<BenchDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-bench-'));
  const script = join(PACKAGE_ROOT, 'test', 'tools', 'bench', 'page-daemon.ts');
  const argv = [...MEMORY_OPTIONS, '--import', 'tsx', script, String(pools), folder];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  for await (const line of createInterface(child.stdout)) {
    const { url } = JSON.parse(line) as { url: string };
    return { url, pid: child.pid ?? 0, stop };
  }
  throw new Error(`page-daemon.ts ended with ${child.exitCode ?? 'a signal'}`);
}
