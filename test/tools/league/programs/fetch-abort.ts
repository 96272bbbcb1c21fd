/**
 * Calls fetch() on a schedule and aborts each call after 50 ms, when a slow server has not answered yet.
 * `node --import tsx fetch-abort.ts URL PER_SECOND SECONDS`
 */
import { SECOND_MS } from '../../../../daemon/units.js';

const ABORT_AFTER_MS = 50;
const [url = '', perSecond = '', seconds = ''] = process.argv.slice(2);
const total = Math.round(Number(perSecond) * Number(seconds));
const startMs = performance.now();

for (let n = 0; n < total; n += 1) {
  const dueMs = startMs + (n / Number(perSecond)) * SECOND_MS;
  await new Promise((due) => setTimeout(due, Math.max(0, dueMs - performance.now())));
  void fetchOnce();
}

async function fetchOnce(): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ABORT_AFTER_MS);
  try {
    await (await fetch(url, { signal: controller.signal })).text();
    process.stdout.write('answered\n');
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    process.stdout.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  } finally {
    clearTimeout(timer);
  }
}
