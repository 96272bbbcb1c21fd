import { describe, expect, it } from 'vitest';
import type { Alert, AlertChange } from '../../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { stepAlerts } from '../../../daemon/alert/step.js';
import type { LastingTrouble } from '../../../daemon/alert/trouble.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { T0 } from '../../builders/forecasts.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';

interface Play {
  readonly part: string;
  /** The trouble lasts so long, from the first step on. */
  readonly lastsMs: number;
  readonly untilMs: number;
  readonly stepMs?: number;
}

function createPlayer(before: readonly Alert[] = []) {
  let active: readonly Alert[] = before;
  const changes: { atMs: number; change: AlertChange }[] = [];
  const step = (atMs: number, troubles: readonly LastingTrouble[], isComplete = true): void => {
    const result = stepAlerts({
      active,
      pools: [],
      hasNewSample: true,
      blindSinceMs: null,
      settings: DEFAULT_ALERT_SETTINGS,
      troubles: { troubles, isComplete },
      nowMs: T0 + atMs,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    });
    active = result.active;
    for (const change of result.changes) changes.push({ atMs, change });
  };
  const log = () => changes.map(({ atMs, change: { from, to } }) => `${atMs / SECOND_MS} s ${from} -> ${to}`);
  return { step, log, changes, active: () => active };
}

function play({ part, lastsMs, untilMs, stepMs = 10 * SECOND_MS }: Play) {
  const player = createPlayer();
  for (let atMs = 0; atMs <= untilMs; atMs += stepMs) {
    player.step(atMs, atMs < lastsMs ? [{ part, message: 'no space left', sinceMs: T0 }] : []);
  }
  return player;
}

describe('the rule trouble', () => {
  it.each([
    ['store', 300],
    ['stall', 60],
    ['outbox', 300],
    ['fallback', 300],
    ['mail', 86_400],
    ['webhook', 86_400],
  ])('%s fires after %d s, and resolves a minute after it is over', (part, seconds) => {
    const lastsMs = (seconds + 100) * SECOND_MS;
    const { log } = play({ part, lastsMs, untilMs: lastsMs + 5 * MINUTE_MS });
    expect(log()).toEqual([
      '0 s inactive -> pending',
      `${seconds} s pending -> firing`,
      `${seconds + 160} s firing -> resolved`,
    ]);
  });

  it.each(['store', 'stall', 'outbox', 'fallback', 'mail'])('a hiccup of %s is not told', (part) => {
    const { log } = play({ part, lastsMs: 50 * SECOND_MS, untilMs: 10 * MINUTE_MS });
    expect(log()).toEqual(['0 s inactive -> pending', '50 s pending -> inactive']);
  });

  it('each part has an alert of its own, with what is wrong and since when', () => {
    const player = createPlayer();
    for (let atMs = 0; atMs <= 6 * MINUTE_MS; atMs += 10 * SECOND_MS) {
      player.step(atMs, [
        { part: 'store', message: `no space left, ${atMs} ms`, sinceMs: T0 },
        { part: 'stall', message: 'no beat ends', sinceMs: T0 },
      ]);
    }
    const [store, stall] = player.active();
    expect([store?.severity, stall?.severity]).toEqual(['warning', 'critical']);
    expect(store?.summary).toBe(
      'The database has not worked as it should since 14:02:54 UTC: no space left, 360000 ms.',
    );
    expect(stall?.trouble).toEqual({ part: 'stall', message: 'no beat ends' });
    expect(new Set(player.active().map(({ id }) => id)).size).toBe(2);
  });

  it('the end states the whole story', () => {
    const { changes } = play({ part: 'mail', lastsMs: DAY_MS + HOUR_MS, untilMs: DAY_MS + 2 * HOUR_MS });
    expect(changes.at(-1)?.change.alert.summary).toBe(
      'Over after 1 d 1 h: the channel mail works again. Since 2026-01-05 14:02 UTC the problem was: no space left.',
    );
  });

  it('goes on waiting over a restart, after which the part has not been used yet', () => {
    const first = createPlayer();
    first.step(0, [{ part: 'mail', message: 'refused', sinceMs: T0 }]);
    const stored = first.changes.map(({ change }) => change.alert);
    const second = createPlayer(stored);
    second.step(DAY_MS / 2, [], false);
    second.step(DAY_MS / 2 + 2 * SECOND_MS, [{ part: 'mail', message: 'refused', sinceMs: T0 + DAY_MS / 2 }]);
    for (let atMs = DAY_MS / 2; atMs <= DAY_MS; atMs += 10 * SECOND_MS) {
      second.step(atMs, [{ part: 'mail', message: 'refused', sinceMs: T0 + DAY_MS / 2 }]);
    }
    expect(second.log()).toEqual(['86400 s pending -> firing']);
  });

  it('a firing alert of a part that is not known yet is held', () => {
    const first = play({ part: 'store', lastsMs: HOUR_MS, untilMs: 10 * MINUTE_MS });
    const second = createPlayer(first.active());
    second.step(11 * MINUTE_MS, [], false);
    expect(second.log()).toEqual([]);
    for (let atMs = 12; atMs <= 15; atMs += 0.5) second.step(atMs * MINUTE_MS, []);
    expect(second.log()).toEqual(['780 s firing -> resolved']);
  });
});
