/**
 * How often the rule of lasting changes speaks of traffic that does not change for good: `npx tsx test/tools/changes/run.ts
 * [cases of each family]`. It plays the simulator, the forecaster and the tracker of changes.
 */
import { createChangeTracker } from '../../../daemon/change/tracker.js';
import { titleChange } from '../../../daemon/change/sentence.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import { listLimitSettings } from '../../../daemon/host/limit-settings.js';
import { createDraw } from '../scoreboard/draw.js';
import { simulate } from '../simulator/simulate.js';
import type { World } from '../simulator/world.js';
import { HARMLESS } from './harmless.js';

const SAMPLE_MS = 30_000;
const HOUR_MS = 3_600_000;
const DEFAULT_CASES = 10;

function countChanges(world: World, hours: number): string[] {
  const simulation = simulate(world);
  const [forecaster, tracker] = [createForecaster(), createChangeTracker()];
  const titles: string[] = [];
  for (let ms = SAMPLE_MS; ms <= hours * HOUR_MS; ms += SAMPLE_MS) {
    simulation.runTo(ms);
    const [snapshot, limits, { granularity }] = [simulation.snapshot(), simulation.limits(), world];
    const host = { limits, granularity, counters: simulation.counters() };
    const { pools } = forecaster.update({ snapshot, ...host, intervalMs: SAMPLE_MS });
    const { changes } = tracker.observe({
      atMs: snapshot.takenAtMs,
      monotonicMs: snapshot.monotonicMs,
      pools,
      failures: null,
      settings: listLimitSettings(limits),
      holdMs: limits.timeWaitMs + granularity.timeWaitMs,
      maxSampleAgeMs: 2 * SAMPLE_MS,
    });
    titles.push(...changes.map((change) => `${(ms / 60_000).toFixed(0)} min: ${titleChange(change)}`));
  }
  return titles;
}

const cases = Number(process.argv[2] ?? DEFAULT_CASES);
let [hours, found] = [0, 0];
for (const [place, family] of HARMLESS.entries()) {
  const titles = Array.from({ length: cases }, (_, index) => {
    const seed = 1000 * (place + 1) + index;
    return countChanges(family.draw(createDraw(seed)), family.hours).map((title) => `  seed ${seed}, ${title}`);
  }).flat();
  const played = cases * family.hours;
  [hours, found] = [hours + played, found + titles.length];
  console.log(`${family.name}: ${titles.length} in ${played} h`, ...titles.map((title) => `\n${title}`));
}
console.log(
  `all: ${found} changes in ${hours} hours of pools that do not change: ${((found / hours) * 1000).toFixed(2)} in 1,000 h`,
);
