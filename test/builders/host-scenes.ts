/**
 * The scenes behind the mail goldens: each is the traffic of a simulated host and the message that it leads to. Clock and
 * seeds are fixed, so each scene always gives the same message.
 */
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import { SECOND_MS } from '../../daemon/units.js';
import { steps } from '../tools/simulator/plan.js';
import { SERVER, type Destination } from '../tools/simulator/world.js';
import { CHECKOUT, churn, CURL, kept, OTHER_SERVER, SUDDEN, unanswered, world, type HostScene } from './host-scene.js';
import type { OwningProcess } from './proc-tree.js';
import { LATER_SCENES } from './later-scenes.js';
import { RESOLVED_SCENES } from './resolved-scenes.js';

const HOSTILE_OWNERS: readonly OwningProcess[] = [
  { pid: 1, name: '</td><script>//', share: 0.7 },
  { pid: 2, name: 'a\r\nBcc: x\u202Eg', share: 0.3 },
];
const WILDCARD: Destination = { ...SERVER, local: '0.0.0.0' };
const OTHER_WILDCARD: Destination = { ...OTHER_SERVER, local: '0.0.0.0' };
const IPV6_SERVER: Destination = { local: '2001:db8::1', remote: '2001:db8::2', port: 443 };

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
    shows: { mode: 'churn', probabilityBasis: 'rate' },
    tells: 'first',
    subject: 'CRITICAL, full in',
    withinSeconds: 60,
    picture: true,
    owners: [{ ...CHECKOUT, share: 0.7 }],
  },
  history: {
    world: BURSTS,
    shows: { mode: 'churn', probabilityBasis: 'history' },
    tells: 'first',
    subject: 'CRITICAL, full in',
    fromSeconds: BURSTS_END_SECONDS,
    // Each burst is an incident of its own.
    incidents: { quietForMs: 0, maxPerHour: 1000 },
    withinSeconds: BURSTS_END_SECONDS + 120,
    owners: [CHECKOUT],
  },
  climb: {
    world: world([churn([{ atMs: 0, rate: 4, slopePerMs: 0.00006 }])]),
    shows: { mode: 'churn', probabilityBasis: 'climb' },
    tells: 'first',
    subject: 'CRITICAL, full in',
    withinSeconds: 600,
  },
  // portcast was started on a host whose ports had run out already.
  exhausted: {
    world: world([churn(25, { life: { forMs: 0 } })]),
    shows: { mode: 'exhausted', failedConnects: null },
    tells: 'first',
    subject: 'CRITICAL, out of ports',
    startSeconds: 100,
    withinSeconds: 120,
  },
  failing: {
    world: SUDDEN,
    shows: { mode: 'exhausted' },
    tells: 'first',
    subject: 'CRITICAL, out of ports',
    withinSeconds: 60,
    failingProcesses: [CHECKOUT, CURL],
    owners: [CHECKOUT],
  },
  leak: {
    world: world([kept(0.6, IPV6_SERVER)]),
    shows: { mode: 'leak' },
    tells: 'first',
    subject: 'WARNING, full in',
    withinSeconds: 1200,
    closeWaitBeyond: 12,
    owners: [CHECKOUT],
  },
  // A leak that fills the pool before the two minutes of `leak` are over.
  'fast-leak': {
    world: world([kept(6, SERVER)]),
    shows: { mode: 'leak' },
    tells: 'first',
    subject: 'CRITICAL, full in',
    withinSeconds: 120,
    owners: [CHECKOUT],
  },
  // Clients that bind an address first share its ports for all destinations.
  bind: {
    world: world([churn(25, { to: [SERVER, OTHER_SERVER], binds: true })]),
    shows: { kind: 'bind', mode: 'churn' },
    tells: 'first',
    subject: 'CRITICAL, full in',
    withinSeconds: 60,
    owners: [CHECKOUT],
  },
  // Clients that bind to the wildcard share its ports on all local addresses.
  'bind-wildcard': {
    world: world([churn(25, { to: [WILDCARD, OTHER_WILDCARD], binds: true })]),
    shows: { kind: 'bind', localAddress: '0.0.0.0' },
    tells: 'first',
    subject: 'for bind() on any local address',
    withinSeconds: 60,
    owners: [CHECKOUT],
  },
  'bind-failing': {
    world: world([churn(steps([0, 5], [20_000, 2000], [20_500, 5]), { to: [SERVER, OTHER_SERVER], binds: true })]),
    shows: { kind: 'bind', mode: 'exhausted' },
    tells: 'first',
    subject: 'CRITICAL, out of ports',
    withinSeconds: 60,
    failingProcesses: [CHECKOUT],
    owners: [CHECKOUT],
  },
  // The server, or a firewall before it, drops the SYNs.
  unanswered: {
    world: world([unanswered(12)]),
    shows: { cause: 'unanswered', mode: 'churn' },
    tells: 'first',
    subject: 'CRITICAL, full in',
    withinSeconds: 120,
    owners: [CHECKOUT],
  },
  // portcast was started when the ports had run out already.
  'unanswered-exhausted': {
    world: world([unanswered(12)]),
    shows: { cause: 'unanswered', mode: 'exhausted' },
    tells: 'first',
    subject: 'CRITICAL, out of ports',
    startSeconds: 100,
    withinSeconds: 120,
    owners: [CHECKOUT],
  },
  pressure: {
    world: world([churn([{ atMs: 0, rate: 14.4, slopePerMs: 0.000001 }])], { arrivals: { kind: 'paced' } }),
    shows: { mode: 'steady', exhaustsAtMs: null },
    tells: 'first',
    subject: 'WARNING, needs',
    withinSeconds: 1200,
    owners: [CHECKOUT],
    announcer: { dashboardUrl: () => 'https://portcast.example.org/' },
  },
  use: {
    world: world([churn(13.4)]),
    tells: 'first',
    subject: 'used] web-1',
    withinSeconds: 600,
    settings: { ...DEFAULT_ALERT_SETTINGS, use: { ...DEFAULT_ALERT_SETTINGS.use, mail: true } },
    owners: [CHECKOUT],
  },
  blind: {
    world: world([churn(5)]),
    tells: 'first',
    subject: 'CRITICAL, blind',
    withinSeconds: 120,
    blindFromSeconds: 20,
  },
  ...LATER_SCENES,
  ...RESOLVED_SCENES,
  hostile: {
    world: SUDDEN,
    tells: 'first',
    subject: 'out of ports',
    withinSeconds: 60,
    failingProcesses: HOSTILE_OWNERS,
    owners: HOSTILE_OWNERS,
    announcer: {
      hostName: 'web-1"><img src=x onerror=alert(1)>\r\nBcc: evil@x.y',
      dashboardUrl: () => 'javascript:alert(1)',
    },
  },
} satisfies Record<string, HostScene>;
