/**
 * The simulator against real sockets: the same connections, opened and closed in a namespace of 300 ports just above what
 * these sustain, so that what decides is when the kernel lets go of the first ones.
 */
import { expect, it } from 'vitest';
import { simulate } from '../simulator/simulate.js';
import { LEARNED, limitsOf, MONOTONIC_START, SERVER, type World } from '../simulator/world.js';
import type { ClientEvent, ClientOrder } from './league/client.js';
import { createLab, labScript, SERVER_ADDRESS } from './namespaces.js';

const PORTS = 300;
/** 300 ports sustain 300 / 62.048 = 4.83 a second. */
const RATE = 4.9;
const SECONDS = 80;
const LISTEN_PORT = 7000;
const STEP_MS = LEARNED.timeWaitMs;
/** The TIME_WAIT sockets of the client's namespace, four times a second. */
const WATCH = 'while :; do echo "$(date +%s%3N) $(tr "\\n" " " < /proc/net/sockstat)"; sleep 0.25; done';

/** The first boundary after a minute, in ms after the start. */
function worldWith(boundaryMs: number): World {
  return {
    limits: limitsOf({ range: { first: 20_000, last: 20_000 + PORTS - 1 } }),
    granularity: { ...LEARNED, phaseMs: (MONOTONIC_START + boundaryMs) % STEP_MS },
    streams: [{ to: [SERVER], rate: RATE, fate: 'time_wait' }],
  };
}

it('holds and lets go of as many ports as the kernel, second by second', async ({ onTestFinished }) => {
  const lab = createLab({ name: 'sim', range: [20_000, 20_000 + PORTS - 1] });
  onTestFinished(() => lab.close());
  const listener = lab.start('server', [...labScript('league/server.ts'), String(LISTEN_PORT)]);
  await listener.line(/listening/, 30_000);
  const to = { address: SERVER_ADDRESS, port: LISTEN_PORT, by: 'ipv4', bindTo: null, ending: 'close' } as const;
  const order: ClientOrder = {
    streams: [{ ...to, phases: [{ perSecond: RATE, seconds: SECONDS }] }],
    lingerSeconds: 0,
  };
  const watch = lab.start('client', ['sh', '-c', WATCH]);
  const client = lab.start('client', [...labScript('league/client.ts'), JSON.stringify(order)]);
  const last = JSON.parse(await client.line(/"failed"|"ended"/, (SECONDS + 30) * 1000)) as ClientEvent;
  await watch.stop();
  const startedAtMs = last.atMs - last.afterMs;
  const seen = watch.lines.map((line) => ({
    atMs: Number(line.split(' ')[0]) - startedAtMs,
    timeWait: Number(/ tw (\d+)/.exec(line)?.[1]),
  }));

  // Where the boundaries are is the kernel's own affair: the first fall tells, to a quarter of a second.
  const fell = seen.findIndex(({ timeWait }, i) => timeWait < (seen[i - 1]?.timeWait ?? 0));
  const [before, after] = [seen[fell - 1]?.atMs, seen[fell]?.atMs];
  if (before === undefined || after === undefined) throw new Error(`no port was let go:\n${JSON.stringify(seen)}`);
  const simulation = simulate(worldWith((before + after) / 2));
  const off = seen.map(({ atMs, timeWait }) => {
    simulation.runTo(atMs);
    return { atMs, difference: (simulation.counters().timeWait ?? 0) - timeWait };
  });
  const far = off.filter(({ atMs, difference }) => {
    const sinceBoundary = (((atMs - (before + after) / 2) % STEP_MS) + STEP_MS) % STEP_MS;
    // Next to a boundary it is not known on which side of it the reading was.
    return Math.abs(difference) > 2 && Math.min(sinceBoundary, STEP_MS - sinceBoundary) > 300;
  });
  simulation.runTo(SECONDS * 1000);
  const failedAt = simulation.failedAt();
  console.log(
    `first release after ${before.toFixed(0)} to ${after.toFixed(0)} ms; ${seen.length} readings, ` +
      `largest difference ${Math.max(...off.map(({ difference }) => Math.abs(difference)))}, ${far.length} beyond 2; ` +
      `first failure: kernel ${last.event === 'failed' ? last.afterMs.toFixed(0) : 'never'} ms, simulator ${failedAt?.toFixed(0) ?? 'never'} ms`,
  );
  expect(seen.length).toBeGreaterThan(100);
  expect(far).toEqual([]);
  expect(last.event === 'failed').toBe(failedAt !== null);
  // One gap between two connections, and the quarter of a second by which the boundary is not known.
  if (failedAt !== null) expect(Math.abs(last.afterMs - failedAt)).toBeLessThan(1000 / RATE + 300);
});
