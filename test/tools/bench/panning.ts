/** Moving a chart over 100,000 stored samples in a real Chromium, with the frames of its own trace. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { openStore, type Store } from '../../../daemon/store/store.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../../daemon/units.js';
import { startCanned } from '../../browser/canned.js';
import { launchChromium } from '../../browser/chromium.js';
import { createCycleRecord, pool } from '../../builders/records.js';
import { fakeClock, fakeHealth, fakeLog, MAX_SAMPLE_AGE_MS } from '../../fakes.js';
import { benchRow, median, type BenchResult } from './bench.js';

const SAMPLES = 100_000;
const BEAT_MS = 2 * SECOND_MS;
const ID = 'connect_host_10.0.0.1_10.0.0.2_443';
const PAN_SECONDS = 5;
/** A frame of a screen of 60 Hz; what a timer adds to its distance from the one before is in the second limit. */
const FRAME_MS = 16.7;
const LIMIT_MS = 18;
const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
];

export async function benchPanning(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-panning-'));
  const store = fillStore(folder);
  const canned = await startCanned('steady');
  const browser = await launchChromium();
  try {
    const { frames, tasks } = await tracePanning(browser, { url: `${canned.url}#/pool/${ID}?range=7d`, store });
    return {
      name: 'Moving a chart over 100,000 samples',
      rows: [
        benchRow(`frames drawn in ${PAN_SECONDS} s`, frames.length, { unit: '' }),
        benchRow('a frame, median', median(frames), { unit: 'ms', limit: LIMIT_MS }),
        benchRow('work of the main thread for a frame, median', median(tasks), { unit: 'ms', limit: FRAME_MS }),
      ],
      notes: [
        'three charts with two columns each; the store sums the samples up to the pixels; Chromium without a GPU',
      ],
    };
  } finally {
    await browser.close();
    await canned.close();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 55 hours of samples every 2 s, up to now. */
function fillStore(folder: string): Store {
  const clock = fakeClock(Date.now() - SAMPLES * BEAT_MS);
  const store = openStore({
    file: join(folder, 'portcast.db'),
    capBytes: 2 ** 28,
    retention: { rawMs: 80 * HOUR_MS, minuteMs: 14 * DAY_MS, hourMs: 400 * DAY_MS },
    maxSeries: 100,
    maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    migrationsDir: MIGRATIONS_DIR,
    reserveBytes: 0,
    clock,
    health: fakeHealth(),
    log: fakeLog(),
  });
  for (let index = 0; index < SAMPLES; index += 1) {
    const used = Math.round(9000 + 8000 * Math.sin(index / 900) + 900 * Math.sin(index * 1.7));
    const sample = pool(ID, { used, live: 90, timeWait: used - 90, closeRate: used / 62, pressure: used / 28_232 });
    store.append(createCycleRecord(clock, { pools: [sample] }));
    clock.advance(BEAT_MS);
    if (index % 5 === 0) store.tick();
  }
  store.flush();
  return store;
}

interface TraceEvent {
  readonly name: string;
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
}

/** The distances of the drawn frames, and the work of the main thread between two of them, in ms. */
async function tracePanning(
  browser: Browser,
  of: { url: string; store: Store },
): Promise<{ frames: number[]; tasks: number[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.route(/\/history\?/, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [fromMs = 0, toMs = 0, points = 1] = ['from', 'to', 'points'].map((name) => Number(query.get(name)));
    await route.fulfill({ json: of.store.poolHistory({ id: ID, fromMs, toMs, points }) });
  });
  // tsx wraps the functions that run in the page with this helper of its own.
  await page.addInitScript('globalThis.__name = (named) => named');
  await page.goto(of.url);
  await page.getByTestId('chart-used').locator('canvas').waitFor();
  await page.waitForTimeout(SECOND_MS);
  await browser.startTracing(page, { categories: CATEGORIES });
  await panFor(page);
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  return readFrames(trace.traceEvents);
}

/** Moves the chart to and fro with every frame, as a drag with Shift does. */
async function panFor(page: Page): Promise<void> {
  await page.evaluate(async (milliseconds) => {
    const area = document.querySelector('[data-testid="chart-used"] .u-over');
    if (area === null) throw new Error('there is no chart');
    const { left, top, width } = area.getBoundingClientRect();
    area.setPointerCapture = () => undefined;
    const [startMs, y] = [performance.now(), top + 50];
    const send = (type: string, x: number) =>
      area.dispatchEvent(
        new PointerEvent(type, {
          clientX: left + x,
          clientY: y,
          shiftKey: true,
          pointerId: 1,
          pointerType: 'mouse',
          bubbles: true,
        }),
      );
    send('pointerdown', width / 2);
    for (;;) {
      const ms = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      if (ms - startMs > milliseconds) break;
      send('pointermove', width / 2 + (width / 3) * Math.sin((ms - startMs) / 400));
    }
    send('pointerup', width / 2);
  }, PAN_SECONDS * SECOND_MS);
}

function readFrames(events: readonly TraceEvent[]): { frames: number[]; tasks: number[] } {
  const drawn = events.filter(({ name }) => name === 'DrawFrame').sort((a, b) => a.ts - b.ts);
  const main = events.find(({ name }) => name === 'FireAnimationFrame');
  const work = events.filter(({ name, pid, tid }) => name === 'RunTask' && pid === main?.pid && tid === main.tid);
  const frames: number[] = [];
  const tasks: number[] = [];
  drawn.slice(1).forEach(({ ts }, index) => {
    const before = drawn[index]?.ts ?? ts;
    frames.push((ts - before) / 1000);
    const busy = work.filter((task) => task.ts >= before && task.ts < ts);
    tasks.push(busy.reduce((sum, { dur = 0 }) => sum + dur, 0) / 1000);
  });
  return { frames, tasks };
}
