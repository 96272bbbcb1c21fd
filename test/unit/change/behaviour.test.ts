import { describe, expect, it } from 'vitest';
import type { Change } from '../../../daemon/change/change.js';
import { titleChange } from '../../../daemon/change/sentence.js';
import { watchChanges } from '../../builders/changing-host.js';
import { churn, kept, world } from '../../builders/host-scene.js';
import { requireValue } from '../../builders/require-value.js';
import { lines, steps } from '../../tools/simulator/plan.js';
import { limitsOf, SERVER, WALL_START, type World } from '../../tools/simulator/world.js';

const MINUTE_S = 60;
const BEAT = { beatSeconds: 30 };
/** A fifth of the ports, and of the traffic: many hours are played. */
const SMALL = { limits: limitsOf({ range: { first: 20_000, last: 20_199 } }) };
const at = (minute: number): number => minute * MINUTE_S * 1000;

async function play(of: World, minutes: number): Promise<Change[]> {
  const host = watchChanges(of, BEAT);
  await host.runTo(minutes * MINUTE_S);
  return host.stored();
}

/** The only change, which must have begun at this minute. */
function onlyAt(changes: readonly Change[], minute: number): Change {
  expect(changes.map(titleChange)).toHaveLength(1);
  const change = requireValue(changes[0]);
  expect(Math.abs(change.atMs - WALL_START - at(minute))).toBeLessThanOrEqual(at(4));
  expect(change).toMatchObject({ kind: 'behaviour', isOver: true });
  return change;
}

describe('a lasting change of a pool', () => {
  it('is a client that begins to pool its connections', async () => {
    const change = onlyAt(await play(world([churn(steps([0, 12], [at(40), 1]))]), 60), 40);
    expect(titleChange(change)).toMatch(
      /^close rate of 10\.0\.0\.2:443 fell from 1[12](\.\d)?\/s to (0\.\d+|1\.?\d*)\/s$/,
    );
    const { before, after } = requireValue(change.pools[0]);
    expect(requireValue(before).used).toBeGreaterThan(650);
    expect(requireValue(after).used).toBeLessThan(90);
    expect(requireValue(after).seenMs).toBeGreaterThanOrEqual(9 * MINUTE_S * 1000);
  });

  it('is a server that answers more slowly', async () => {
    const slow = churn(steps([0, 0], [at(40), 5]), { life: { meanMs: 30_000 } });
    const change = onlyAt(await play(world([churn(steps([0, 5], [at(40), 0])), slow]), 60), 40);
    expect(titleChange(change)).toMatch(/^open connections of 10\.0\.0\.2:443 rose from \d to 1\d\d$/);
  });

  it('is a leak that is mended, also where its connections stay', async () => {
    const mended = onlyAt(await play(world([churn(2), kept(steps([0, 0.15], [at(50), 0]), SERVER)]), 75), 50);
    expect(titleChange(mended)).toMatch(
      /^growth of open connections of 10\.0\.0\.2:443 fell from \d+(\.\d+)?\/min to -?0/,
    );
    const restarted = { ...kept(steps([0, 0.15], [at(50), 0]), SERVER), fate: 'time_wait' as const };
    const gone = onlyAt(await play(world([churn(2), { ...restarted, life: { untilMs: at(50) } }]), 75), 50);
    expect(titleChange(gone)).toMatch(/^open connections of 10\.0\.0\.2:443 fell from \d+ to \d$/);
  });

  it('is found over a restart, from the stored minutes', async () => {
    const host = watchChanges(world([churn(steps([0, 12], [at(40), 1]))]), BEAT);
    await host.runTo(44 * MINUTE_S);
    host.stop();
    host.start(45 * MINUTE_S);
    await host.runTo(65 * MINUTE_S);
    onlyAt(host.stored(), 40);
  });

  it('is recorded again when it goes back, and then only after a longer proof', async () => {
    const swing = Array.from({ length: 9 }, (_, index) => [at(40 * index), index % 2 === 0 ? 2 : 12] as const);
    const changes = await play(world([churn(steps(...swing))]), 360);
    expect(changes).toHaveLength(3);
  });
});

describe('no change', () => {
  it('is a daily cycle', async () => {
    const day = lines([0, 0.4], [at(240), 2.8], [at(300), 2.8], [at(540), 0.4]);
    expect(await play(world([churn(day)], SMALL), 560)).toEqual([]);
  });

  it('is a burst, however often it comes', async () => {
    const bursts = Array.from({ length: 8 }, (_, index) => [
      [at(40 * index + 25), 12] as const,
      [at(40 * index + 35), 2] as const,
    ]).flat();
    expect(await play(world([churn(steps([0, 2], ...bursts))]), 320)).toEqual([]);
  });

  it('is a step that came at the same time of the day before', { timeout: 90_000 }, async () => {
    const night = steps([0, 0.2], [at(600), 1.6], [at(690), 0.2], [at(2040), 1.6], [at(2130), 0.2]);
    const changes = await play(world([churn(night)], SMALL), 2200);
    const [first, second, ...more] = changes.map(({ atMs }) => Math.round((atMs - WALL_START) / at(1)));
    expect(first).toBeCloseTo(600, -1);
    expect(second).toBeCloseTo(690, -1);
    expect(more).toEqual([]);
  });

  it('is a shift that a changed limit explains', async () => {
    const of = world([churn(20)], { changes: [{ atMs: at(40), limits: { range: { first: 20_000, last: 29_999 } } }] });
    expect((await play(of, 65)).map(({ kind }) => kind)).toEqual(['setting']);
  });
});
