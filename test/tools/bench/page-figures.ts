/** Measures the page in Chromium. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { DASHBOARD_DIR } from '../../../daemon/paths.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { startCanned } from '../../builders/api-server.js';
import { cannedPort, cannedSample, cannedStatus } from '../../builders/wire-documents.js';
import { iso, wirePool } from '../../builders/wire-pool.js';

const UPDATES = 12;
const BEAT_MS = 2000;
const SCROLL_STEPS = 120;
const PAINT_LOOK_MS = 1500;
const PAINT_LOOKS = 10;
const MEMORY_POOLS = 50;
/** The chart of live samples holds eleven minutes, and within half an hour V8 has compiled the code that runs often. */
const FILL_EVENTS = 900;
const MEMORY_EVENTS = 1800;

/** Text, because a compiled function would call helpers that the page does not have. */
const NOTE_PAINT = `
  const look = () => requestAnimationFrame(() => {
    if (document.querySelector('[data-testid="pool-row"]') === null || document.querySelector('canvas') === null) look();
    else requestAnimationFrame(() => document.documentElement.setAttribute('data-painted', performance.now()));
  });
  look();`;

/** The time from the start of the navigation to the frame after the first row and the first chart, with an empty cache. */
export async function measureFirstPaint(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript({ content: NOTE_PAINT });
  await page.goto(url, { waitUntil: 'commit' });
  // A selector that waits would run scripts of its own in the page meanwhile.
  let painted: string | null = null;
  for (let look = 0; look < PAINT_LOOKS && painted === null; look += 1) {
    await page.waitForTimeout(PAINT_LOOK_MS);
    painted = await page.evaluate("document.documentElement.getAttribute('data-painted')");
  }
  await page.close();
  if (painted === null) throw new Error(`${url} was not drawn within ${(PAINT_LOOKS * PAINT_LOOK_MS) / 1000} s`);
  return Number(painted);
}

/** Serves a page of one row and an empty canvas: its first paint shows how fast the browser and the machine are. */
export async function startSmallestPage(): Promise<{ url: string; stop: () => void }> {
  const html = '<!doctype html><title>-</title><table><tr data-testid="pool-row"><td>-</table><canvas></canvas>';
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, stop: () => server.close() };
}

/** The script time of each of some beats, all rows shown, in ms. */
export async function measureUpdates(browser: Browser, url: string): Promise<number[]> {
  const page = await openAllRows(browser, url);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const costs: number[] = [];
  let before = await readScriptMs(session);
  for (let update = 0; update < UPDATES; update += 1) {
    await page.waitForTimeout(BEAT_MS);
    const now = await readScriptMs(session);
    costs.push(now - before);
    before = now;
  }
  await page.close();
  return costs;
}

/** The time of each frame while the table is scrolled from top to bottom, in ms. */
export async function measureScroll(browser: Browser, url: string): Promise<number[]> {
  const page = await openAllRows(browser, url);
  const frames = await page.evaluate(async (steps) => {
    const times: number[] = [];
    const height = document.documentElement.scrollHeight;
    for (let step = 0; step <= steps; step += 1) {
      scrollTo(0, (height * step) / steps);
      times.push(await new Promise((resolve) => requestAnimationFrame(resolve)));
    }
    return times;
  }, SCROLL_STEPS);
  await page.close();
  return frames.slice(1).map((time, index) => time - (frames[index] ?? time));
}

/** The heap after a collection, when the chart is full and after an hour of events that are sent faster. */
export async function measureMemory(browser: Browser): Promise<{ startBytes: number; endBytes: number }> {
  const { api } = await startCanned({}, { dashboardDir: DASHBOARD_DIR });
  const page = await browser.newPage();
  const session = await page.context().newCDPSession(page);
  await page.goto(api.url);
  let event = 0;
  const send = async (count: number): Promise<number> => {
    for (const end = event + count; event < end; event += 1) {
      const sample = inventSample(event);
      api.publish(() => sample);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await page.waitForTimeout(BEAT_MS);
    await session.send('HeapProfiler.collectGarbage');
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  };
  const startBytes = await send(FILL_EVENTS);
  const endBytes = await send(MEMORY_EVENTS);
  await page.close();
  await api.stop();
  return { startBytes, endBytes };
}

/** The sample of a beat of a host whose pools all change. */
function inventSample(beat: number): WireSample {
  const sampledAt = iso(Date.now() - 3600_000 + beat * BEAT_MS);
  const pools = Array.from({ length: MEMORY_POOLS }, (_, index) => {
    const used = 500 + ((beat * (index + 1)) % 400);
    return wirePool({ id: `connect_host_${index}`, remotePort: index, used, sampledAt, why: `${used} ports are used` });
  });
  const ports = pools.map(({ used }, index) => cannedPort({ id: `out_${index}`, port: index, total: used }));
  const status = cannedStatus({ worst: pools.slice(0, 5), poolCount: pools.length, alerts: [] });
  return cannedSample({ pools, ports, status: { ...status, host: { ...status.host, sampledAt } } });
}

async function openAllRows(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  await page.waitForSelector('[data-testid="pool-row"]');
  const more = page.locator('#pools').getByRole('button', { name: /show all/i });
  if ((await more.count()) > 0) await more.first().click();
  // The first chart and the first history have been drawn.
  await page.waitForTimeout(2 * BEAT_MS);
  return page;
}

async function readScriptMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? NaN);
}
