/** Which demos run. */
import { describe, expect, it } from 'vitest';
import { createShelf } from './shelf.js';

function createScene({ most = 2, lastsMs = 1000 } = {}) {
  const log: string[] = [];
  let nowMs = 0;
  let made = 0;
  const shelf = createShelf<string>({
    start(name) {
      if (name === 'broken') return Promise.reject(new Error('no start'));
      made += 1;
      const url = `${name}-${made}`;
      log.push(`start ${url}`);
      return Promise.resolve({ url, stop: () => Promise.resolve(void log.push(`stop ${url}`)) });
    },
    lastsMs: () => lastsMs,
    most,
    nowMs: () => nowMs,
  });
  return { shelf, log, pass: (ms: number) => void (nowMs += ms) };
}

describe('the shelf of demos', () => {
  it('makes a demo once, also for two requests at the same time', async () => {
    const { shelf, log } = createScene();
    const [first, second] = await Promise.all([shelf.get('a'), shelf.get('a')]);
    expect([first.url, second.url, log]).toEqual(['a-1', 'a-1', ['start a-1']]);
  });

  it('ends the one that was asked for the longest time ago', async () => {
    const { shelf, log } = createScene();
    for (const name of ['a', 'b', 'a', 'c']) await shelf.get(name);
    await shelf.close();
    expect(log).toEqual(['start a-1', 'start b-2', 'start c-3', 'stop b-2', 'stop a-1', 'stop c-3']);
  });

  it('begins a demo anew when its scene is over', async () => {
    const { shelf, pass } = createScene();
    await shelf.get('a');
    pass(999);
    expect((await shelf.get('a')).url).toBe('a-1');
    pass(1);
    expect((await shelf.get('a')).url).toBe('a-2');
  });

  it('tries again after a start that failed', async () => {
    const { shelf } = createScene();
    await expect(shelf.get('broken')).rejects.toThrow('no start');
    await expect(shelf.get('broken')).rejects.toThrow('no start');
    await shelf.close();
  });
});
