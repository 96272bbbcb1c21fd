/**
 * The scenes behind the mail goldens: each is the traffic of a simulated host and the change of an alert that it leads
 * to. Clock and seeds are fixed, so each scene always gives the same mail.
 */
import type { AlertSettings, Rule } from '../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { MailContext } from '../../daemon/notify/message/wording.js';
import { SECOND_MS } from '../../daemon/units.js';
import { steps } from '../tools/simulator/plan.js';
import { LEARNED, limitsOf, SERVER, type Destination, type Stream, type World } from '../tools/simulator/world.js';
import type { OwningProcess } from './proc-tree.js';

export interface AlertScene {
  readonly world: World;
  /** The change of state that the mail is about. */
  readonly rule: Rule;
  readonly to: 'firing' | 'resolved';
  /** What makes the forecast of this scene the one it is about. */
  readonly shows?: Partial<PoolForecast>;
  /** The first beat; 0.7 s where not given. */
  readonly startSeconds?: number;
  /** Changes before this second are ignored. */
  readonly fromSeconds?: number;
  /** The scene fails when the change has not come by then. */
  readonly withinSeconds: number;
  readonly settings?: AlertSettings;
  /** Whose connects failed; absent where failed connects are not counted, as without tracefs. */
  readonly failingProcesses?: readonly FailingProcess[];
  /** Of the live connections, those beyond this number are in CLOSE_WAIT. */
  readonly closeWaitBeyond?: number;
  /** From this second on the socket table cannot be read. */
  readonly blindFromSeconds?: number;
  /** The processes that own the live connections; none where it is absent. */
  readonly owners?: readonly OwningProcess[];
  readonly context?: Partial<MailContext>;
}

export interface FailingProcess {
  readonly pid: number;
  readonly name: string;
}

const CHECKOUT: OwningProcess = { pid: 812, name: 'checkout-api', share: 1 };
const CURL: FailingProcess = { pid: 99, name: 'curl' };
const HOSTILE_OWNERS: readonly OwningProcess[] = [
  { pid: 1, name: '</td><script>//', share: 0.7 },
  { pid: 2, name: 'a\r\nBcc: x\u202Eg', share: 0.3 },
];
const OTHER_SERVER: Destination = { ...SERVER, remote: '10.0.0.3' };
const IPV6_SERVER: Destination = { local: '2001:db8::1', remote: '2001:db8::2', port: 443 };

/** Connections that this host closes first, open for 300 ms on average. */
const churn = (rate: Stream['rate'], changes: Partial<Stream> = {}): Stream => ({
  to: [SERVER],
  rate,
  fate: 'time_wait',
  life: { meanMs: 300 },
  ...changes,
});
const kept = (rate: Stream['rate'], to: Destination): Stream => ({ to: [to], rate, fate: 'kept' });

/** 1,000 ports; tcp_tw_reuse 2, the default of the kernel, which does not help off loopback. */
const world = (streams: readonly Stream[], changes: Partial<World> = {}): World => ({
  limits: limitsOf({ twReuse: 2 }),
  granularity: LEARNED,
  streams,
  arrivals: { kind: 'poisson' },
  seed: 7,
  ...changes,
});

/** Half a second at 2,000/s fills the pool between two beats, so no forecast comes before the first failure. */
const SUDDEN = world([churn(steps([0, 5], [20_000, 2000], [20_500, 5]))]);

/**
 * 3/s with bursts of 24/s every 100 s, which end before the pool is full. Most of them lasted long enough for the
 * last one, of 45/s, to fill it.
 */
const BURST_SECONDS = [32, 30, 9, 34, 31, 33, 8, 30, 35];
const BURST_EVERY_SECONDS = 100;
const BURSTS_END_SECONDS = BURST_EVERY_SECONDS * BURST_SECONDS.length;
const BURSTS = world([
  churn(
    steps(
      [0, 3],
      ...BURST_SECONDS.flatMap((seconds, index) => {
        const fromMs = (index * BURST_EVERY_SECONDS + 60) * SECOND_MS;
        return [
          [fromMs, 24],
          [fromMs + seconds * SECOND_MS, 3],
        ] as const;
      }),
      [(BURSTS_END_SECONDS + 60) * SECOND_MS, 45],
    ),
  ),
]);

export const SCENES = {
  imminent: {
    world: world([churn(25)]),
    rule: 'imminent',
    shows: { mode: 'churn', probabilityBasis: 'rate' },
    to: 'firing',
    withinSeconds: 60,
    owners: [{ ...CHECKOUT, share: 0.7 }],
  },
  history: {
    world: BURSTS,
    rule: 'imminent',
    shows: { mode: 'churn', probabilityBasis: 'history' },
    to: 'firing',
    fromSeconds: BURSTS_END_SECONDS,
    withinSeconds: BURSTS_END_SECONDS + 120,
    owners: [CHECKOUT],
  },
  climb: {
    world: world([churn([{ atMs: 0, rate: 4, slopePerMs: 0.00006 }])]),
    rule: 'imminent',
    shows: { mode: 'churn', probabilityBasis: 'climb' },
    to: 'firing',
    withinSeconds: 600,
  },
  // portcast was started on a host whose ports had run out already.
  exhausted: {
    world: world([churn(25, { life: { forMs: 0 } })]),
    rule: 'imminent',
    shows: { mode: 'exhausted', failedConnects: null },
    to: 'firing',
    startSeconds: 100,
    withinSeconds: 120,
  },
  failing: {
    world: SUDDEN,
    rule: 'failing',
    shows: { mode: 'exhausted' },
    to: 'firing',
    withinSeconds: 60,
    failingProcesses: [CHECKOUT, CURL],
    owners: [CHECKOUT],
  },
  leak: {
    world: world([kept(0.6, IPV6_SERVER)]),
    rule: 'leak',
    shows: { mode: 'leak' },
    to: 'firing',
    withinSeconds: 1200,
    closeWaitBeyond: 12,
    owners: [CHECKOUT],
  },
  // A leak that fills the pool before the two minutes of `leak` are over.
  'fast-leak': {
    world: world([kept(6, SERVER)]),
    rule: 'imminent',
    shows: { mode: 'leak' },
    to: 'firing',
    withinSeconds: 120,
    owners: [CHECKOUT],
  },
  // Clients that bind an address first share its ports for all destinations.
  bind: {
    world: world([churn(25, { to: [SERVER, OTHER_SERVER], binds: true })]),
    rule: 'imminent',
    shows: { kind: 'bind', mode: 'churn' },
    to: 'firing',
    withinSeconds: 60,
    owners: [CHECKOUT],
  },
  pressure: {
    world: world([churn([{ atMs: 0, rate: 14.4, slopePerMs: 0.000001 }])], { arrivals: { kind: 'paced' } }),
    rule: 'pressure',
    shows: { mode: 'steady', exhaustsAtMs: null },
    to: 'firing',
    withinSeconds: 1200,
    owners: [CHECKOUT],
    context: { dashboardUrl: 'https://portcast.example.org/' },
  },
  // The limits could not be read on this beat, so there are no remedies.
  use: {
    world: world([churn(13.4)]),
    rule: 'use',
    to: 'firing',
    withinSeconds: 600,
    settings: { ...DEFAULT_ALERT_SETTINGS, use: { ...DEFAULT_ALERT_SETTINGS.use, mail: true } },
    owners: [CHECKOUT],
    context: { limits: null, remedies: [] },
  },
  blind: { world: world([churn(5)]), rule: 'blind', to: 'firing', withinSeconds: 120, blindFromSeconds: 20 },
  resolved: {
    world: world([churn(steps([0, 25], [20_000, 3]))]),
    rule: 'imminent',
    to: 'resolved',
    withinSeconds: 400,
    owners: [CHECKOUT],
  },
  'resolved-failing': {
    world: SUDDEN,
    rule: 'failing',
    to: 'resolved',
    withinSeconds: 240,
    failingProcesses: [CHECKOUT, CURL],
    owners: [CHECKOUT],
  },
  // The pool is gone from the table.
  'resolved-gone': {
    world: world([churn(steps([0, 5], [20_000, 2000], [20_500, 0]))]),
    rule: 'imminent',
    to: 'resolved',
    withinSeconds: 200,
    owners: [CHECKOUT],
  },
  hostile: {
    world: SUDDEN,
    rule: 'failing',
    to: 'firing',
    withinSeconds: 60,
    failingProcesses: HOSTILE_OWNERS,
    owners: HOSTILE_OWNERS,
    context: { hostName: 'web-1"><img src=x onerror=alert(1)>\r\nBcc: evil@x.y', dashboardUrl: 'javascript:alert(1)' },
  },
} satisfies Record<string, AlertScene>;
