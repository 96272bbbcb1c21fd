import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startGlances } from '../../../daemon/sampling/glances.js';
import { fakeLog } from '../../fakes.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

const watched = (work: () => Promise<void>) => work();

it('glances at the interval, logs a cycle that fails, and stops when the last cycle has ended', async () => {
  const log = fakeLog();
  let glances = 0;
  let endCycle = (): void => undefined;
  const cycles = [
    () => null,
    () => Promise.reject(new Error('boom')),
    () => null,
    () => new Promise<void>((resolve) => (endCycle = resolve)),
  ];
  const glance = () => cycles[glances++]?.() ?? null;
  const { stop } = startGlances({ everyMs: 250, glance, watched, log });
  await vi.advanceTimersByTimeAsync(1100);
  expect(glances).toBe(4);
  expect(log.lines.map(({ args }) => args[1])).toEqual(['a look between two beats failed: boom']);
  let stopped = false;
  const stopping = stop().then(() => (stopped = true));
  await vi.advanceTimersByTimeAsync(1000);
  expect([glances, stopped]).toEqual([4, false]);
  endCycle();
  await stopping;
  expect(stopped).toBe(true);
});

it('does not glance when it is switched off', async () => {
  let glances = 0;
  const glance = () => {
    glances += 1;
    return null;
  };
  const { stop } = startGlances({ everyMs: null, glance, watched, log: fakeLog() });
  await vi.advanceTimersByTimeAsync(5000);
  await stop();
  expect(glances).toBe(0);
});
