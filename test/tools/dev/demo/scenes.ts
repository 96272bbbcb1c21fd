/** The states that `npm run dev` shows under /demo/. Each is the traffic of a host; every figure on the page is computed from it. */
import type { World } from '../../simulator/world.js';
import { CHECKOUT, churn, CURL, kept, unanswered, world } from '../../../builders/host-scene.js';
import { lines, steps } from '../../simulator/plan.js';
import { limitsOf, SERVER, type Destination, type Stream } from '../../simulator/world.js';
import type { DemoScene } from './scene.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const MINUTE_SECONDS = 60;
const IPV6_SERVER: Destination = { local: '2001:db8::1', remote: '2001:db8::2', port: 443 };
const LOOPBACK: Destination = { local: '127.0.0.1', remote: '127.0.0.1', port: 8080 };
const DATABASE: Destination = { ...SERVER, remote: '10.0.0.7', port: 5432 };
const CACHE: Destination = { ...SERVER, remote: '10.0.0.9', port: 6379 };

/** Traffic that needs no attention, so that no scene has one destination only. */
const CALM: readonly Stream[] = [churn(3, { to: [DATABASE] }), churn(0.8, { to: [CACHE] })];
/** 1,000 ports sustain 16.1 closes/s to one destination; this rate takes all of them within 40 s. */
const OVERLOAD = 25;
const withCalm = (...streams: readonly Stream[]): World => world([...streams, ...CALM]);

/** Rates of the groups of `500-pools`, and how many destinations each has. */
const GROUPS: readonly (readonly [rate: number, count: number])[] = [
  [15.2, 1],
  [13.4, 3],
  [9, 6],
  [4, 20],
  [1, 120],
  [0.2, 350],
];

/** The rates of `mixed` begin at a multiple of these. */
const BURST_EVERY_MS = 4 * MINUTE_MS;
const RAMP_EVERY_MS = 12 * MINUTE_MS;
/** A development session; after it the rates stay. */
const REPEATS = 60;
const repeat = (everyMs: number, ...pairs: readonly (readonly [atMs: number, rate: number])[]) =>
  Array.from({ length: REPEATS }, (_, index) =>
    pairs.map(([atMs, rate]) => [index * everyMs + atMs, rate] as const),
  ).flat();

export const SCENES = {
  mixed: {
    shows: 'Every kind of traffic at once: steady, near the limit, bursts, a slow leak, a ramp, and reuse on loopback.',
    world: world(listMixedStreams()),
    pastSeconds: 2 * MINUTE_SECONDS,
    lastsSeconds: 3 * 3600,
  },
  empty: {
    shows: 'A host without outbound connections.',
    world: world([]),
    pastSeconds: MINUTE_SECONDS,
  },
  'first-sample': {
    shows: 'portcast has just been started on a busy host, and has read the socket table once.',
    world: withCalm(churn(12)),
    pastSeconds: 2 * MINUTE_SECONDS,
    unseenSeconds: 2 * MINUTE_SECONDS,
    lastsSeconds: MINUTE_SECONDS,
  },
  gap: {
    shows: 'portcast did not run for three minutes.',
    world: withCalm(churn(steps([0, 9], [6 * MINUTE_MS, 12]))),
    pastSeconds: 10 * MINUTE_SECONDS,
    gap: { fromSeconds: 5 * MINUTE_SECONDS, untilSeconds: 2 * MINUTE_SECONDS },
  },
  'near-limit': {
    shows: 'The close rate would settle at 9 of 10 ports: nothing runs out, and nothing more fits in.',
    world: withCalm(churn(14.4, { arrivals: { kind: 'paced' } })),
    pastSeconds: 12 * MINUTE_SECONDS,
    owners: [CHECKOUT],
  },
  firing: {
    shows: 'Ports run out in less than a minute; later the connects fail, and then the rate falls again.',
    world: withCalm(churn(steps([0, 4], [4 * MINUTE_MS, 22], [6.5 * MINUTE_MS, 3]))),
    pastSeconds: 4 * MINUTE_SECONDS + 8,
    lastsSeconds: 8 * MINUTE_SECONDS,
    failingProcesses: [CHECKOUT, CURL],
    owners: [CHECKOUT],
  },
  resolved: {
    shows: 'Ports ran out a quarter of an hour ago, for two minutes; everybody was told, and it is over.',
    world: withCalm(churn(steps([0, 5], [3 * MINUTE_MS, OVERLOAD], [5 * MINUTE_MS, 4]))),
    pastSeconds: 17 * MINUTE_SECONDS,
    failingProcesses: [CHECKOUT, CURL],
    owners: [CHECKOUT],
  },
  'exhausted-reuse': {
    shows: 'Ports come free after one second, and yet more are needed than there are.',
    world: world([churn(160, { to: [LOOPBACK], life: { forMs: 0 } }), churn(0.4, { to: [CACHE] })], {
      limits: limitsOf({ twReuse: 1, range: { first: 20_000, last: 20_099 } }),
    }),
    pastSeconds: 3 * MINUTE_SECONDS,
    lastsSeconds: 5 * MINUTE_SECONDS,
    failingProcesses: [CHECKOUT],
    owners: [CHECKOUT],
  },
  leak: {
    shows: 'Connections are opened and never closed.',
    world: withCalm(kept(0.45, IPV6_SERVER)),
    pastSeconds: 12 * MINUTE_SECONDS,
    closeWaitBeyond: 12,
    owners: [CHECKOUT],
  },
  unanswered: {
    shows: 'The other side, or a firewall before it, drops the SYNs: each attempt holds its port until it times out.',
    world: withCalm(unanswered(steps([0, 0.5], [4 * MINUTE_MS, 9]))),
    pastSeconds: 4 * MINUTE_SECONDS + 50,
    lastsSeconds: 6 * MINUTE_SECONDS,
    owners: [CHECKOUT],
  },
  climb: {
    shows: 'The close rate rises slowly, and goes over the limit in some minutes.',
    world: withCalm(churn([{ atMs: 0, rate: 4, slopePerMs: 0.000012 }])),
    pastSeconds: 10 * MINUTE_SECONDS,
    owners: [CHECKOUT],
  },
  '500-pools': {
    shows: 'Connections to 500 destinations.',
    world: world(listManyStreams(), { arrivals: { kind: 'paced' } }),
    pastSeconds: 100,
    unseenSeconds: 60,
  },
  stale: {
    shows: 'The socket table can no longer be read, so nothing is known of the present.',
    world: withCalm(churn(12)),
    pastSeconds: 6 * MINUTE_SECONDS,
    blindForSeconds: 80,
  },
  'mail-broken': {
    shows: 'Ports have run out, and the mail server refuses the connection.',
    world: withCalm(churn(steps([0, 5], [2 * MINUTE_MS, OVERLOAD]))),
    pastSeconds: 5 * MINUTE_SECONDS,
    mail: 'refused',
    failingProcesses: [CHECKOUT],
    owners: [CHECKOUT],
  },
  drill: {
    shows: 'The host of `portcast drill`: 600 ports, which one client takes in 30 s. After the first failure it stops.',
    world: 'drill',
    pastSeconds: 12,
    lastsSeconds: 5 * MINUTE_SECONDS,
  },
} as const satisfies Record<string, DemoScene>;

export type SceneName = keyof typeof SCENES;

export function isSceneName(name: string): name is SceneName {
  return Object.hasOwn(SCENES, name);
}

function listManyStreams(): Stream[] {
  let made = 0;
  return GROUPS.map(([rate, count]) => {
    const to = Array.from({ length: count }, (): Destination => {
      made += 1;
      return { ...SERVER, remote: `10.1.${made >> 8}.${made & 255}`, port: made % 3 === 0 ? 5432 : 443 };
    });
    return churn(rate * count, { to });
  });
}

function listMixedStreams(): Stream[] {
  const to = (last: number): Destination => ({ ...SERVER, remote: `10.0.1.${last}` });
  return [
    // steady
    churn(5, { to: [to(1)] }),
    // near the limit
    churn(14.5, { to: [to(2)] }),
    // a burst of 25 s every four minutes, which stops in time
    churn(steps(...repeat(BURST_EVERY_MS, [0, OVERLOAD], [25 * SECOND_MS, 3])), { to: [to(3)] }),
    // a slow leak on top of some closes
    kept(0.15, to(4)),
    churn(2, { to: [to(4)] }),
    // a ramp that goes over the limit in eight minutes of every twelve
    churn(lines(...repeat(RAMP_EVERY_MS, [0, 2], [8 * MINUTE_MS, 22], [8 * MINUTE_MS, 2], [RAMP_EVERY_MS, 2])), {
      to: [to(5)],
    }),
    // reuse: without it this rate would exhaust the pool
    churn(40, { to: [LOOPBACK] }),
  ];
}
