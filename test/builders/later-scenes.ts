/** The scenes behind the goldens of messages about incidents that go on, of several pools, and of changed limits. */
import { MINUTE_MS, SECOND_MS } from '../../daemon/units.js';
import { steps } from '../tools/simulator/plan.js';
import { limitsOf, SERVER, type Destination } from '../tools/simulator/world.js';
import { CHECKOUT, churn, world, type HostScene } from './host-scene.js';
import type { OwningProcess } from './proc-tree.js';

const PSQL: OwningProcess = { pid: 4021, name: 'psql', share: 1 };
const REPLICAS = 12;
/** All 1,000 ports are needed. */
const OVERLOAD = 25;
const LOOPBACK: Destination = { local: '127.0.0.1', remote: '127.0.0.1', port: 8080 };

/** Databases of one kind, of which each runs out of ports at the same time. */
const listReplicas = (): Destination[] =>
  Array.from({ length: REPLICAS }, (_, index) => ({ ...SERVER, remote: `10.0.1.${index + 1}`, port: 5432 }));

/** Three destinations that have nothing in common, one after the other. */
const UNRELATED = [0, 1, 2].map((index) =>
  churn(steps([0, 0.1], [1 + index * 2 * MINUTE_MS, OVERLOAD], [index * 2 * MINUTE_MS + 50 * SECOND_MS, 0.1]), {
    to: [{ local: `10.0.${index}.1`, remote: `10.1.${index}.2`, port: 443 }],
  }),
);

/** It lasts for longer than a problem of the database waits before it is told. */
export const FULL_DISK = {
  part: 'store',
  message: 'cannot write /var/lib/portcast/portcast.db: no space left on the device',
  fromSeconds: 10,
  untilSeconds: 600,
};

export const LATER_SCENES = {
  // The rate needs most of the ports for a while, then more than all.
  escalated: {
    world: world([churn(steps([0, 15], [1_000_000, 25]))], { arrivals: { kind: 'paced' } }),
    tells: 'escalated',
    subject: 'CRITICAL, worse: full in',
    withinSeconds: 1200,
    owners: [CHECKOUT],
  },
  reminder: {
    world: world([churn(OVERLOAD)]),
    tells: 'reminder',
    subject: 'CRITICAL, still: out of ports',
    withinSeconds: 400,
    incidents: { remindAfterMs: 2 * MINUTE_MS },
    failingProcesses: [CHECKOUT],
    owners: [CHECKOUT],
    picture: true,
  },
  digest: {
    world: world(UNRELATED),
    tells: 'digest',
    subject: 'held back',
    withinSeconds: 900,
    incidents: { maxPerHour: 2 },
  },
  'many-pools': {
    world: world([churn(REPLICAS * OVERLOAD, { to: listReplicas() })]),
    tells: 'first',
    subject: ' pools, full in ',
    withinSeconds: 60,
    owners: [PSQL],
  },
  'resolved-many-pools': {
    world: world([churn(steps([0, REPLICAS * OVERLOAD], [75_000, REPLICAS]), { to: listReplicas() })]),
    tells: 'resolved',
    subject: 'RESOLVED, was out for ',
    withinSeconds: 500,
    failingProcesses: [PSQL],
    owners: [PSQL],
  },
  // Where TIME_WAIT ports are taken again after a second, only the closes of that second hold them.
  'exhausted-reuse': {
    world: world([churn(160, { to: [LOOPBACK], life: { forMs: 0 } })], {
      limits: limitsOf({ twReuse: 1, range: { first: 20_000, last: 20_099 } }),
    }),
    tells: 'first',
    subject: 'CRITICAL, ',
    withinSeconds: 120,
    failingProcesses: [CHECKOUT],
  },
  // A configuration run has set a smaller range.
  'range-shrank': {
    world: world([churn(12)], { changes: [{ atMs: 90_000, limits: { range: { first: 20_000, last: 20_599 } } }] }),
    tells: 'first',
    subject: 'CRITICAL, ',
    withinSeconds: 300,
    owners: [CHECKOUT],
  },
  trouble: {
    world: world([churn(5)]),
    tells: 'first',
    subject: 'WARNING, the database fails',
    withinSeconds: 400,
    trouble: FULL_DISK,
  },
  empty: {
    world: world([churn(5)], {
      changes: [{ atMs: 60_000, limits: { reservedPorts: [{ first: 20_000, last: 20_999 }] } }],
    }),
    tells: 'first',
    subject: 'no usable local port',
    withinSeconds: 120,
  },
} satisfies Record<string, HostScene>;
