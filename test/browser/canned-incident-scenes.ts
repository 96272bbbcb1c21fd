/** Incidents played through the real step of incidents. Every scene ends at the present of the scenario. */
import { T0 } from '../builders/forecasts.js';
import { incidentScene, type IncidentScene } from '../builders/incident-scene.js';
import { CAPACITY, HOSTILE } from './canned-pools.js';

export const INCIDENT_POOL = 'connect_host_10.0.0.1_10.0.0.2_443';
const RECIPIENTS = ['ops@example.org', 'webhook'];
const MINUTE = 60_000;

/** The pool of the traffic that the canned samples show. */
const CHURN = {
  capacity: CAPACITY,
  exhaustsAtMs: T0 + 212_000,
  used: 27_910,
  available: 322,
  live: 152,
  timeWait: 27_758,
  closeRate: 684,
  sustainableRate: 452,
  why: '684 closes/s, 452 are sustainable: connections are closed faster than TIME_WAIT frees their ports.',
};

/** Two alerts of one pool; the second one is held back. */
export function playOpen(): IncidentScene {
  const scene = begin();
  const first = scene.fire({
    pool: INCIDENT_POOL,
    severity: 'warning',
    rule: 'pressure',
    processes: ['checkout-api'],
    place: CHURN,
  });
  scene.step();
  scene.step(3 * MINUTE);
  scene.fire({
    pool: INCIDENT_POOL,
    inhibitedBy: first,
    processes: ['checkout-api'],
    place: { ...CHURN, used: CAPACITY, available: 0, exhaustsAtMs: scene.nowMs() + 28_000 },
  });
  scene.step();
  scene.step(95_000);
  return scene;
}

/** Pools of one process join one after another. */
export function playMany(count: number): IncidentScene {
  const scene = begin();
  for (let index = 0; index < count; index += 1) {
    const remoteAddress = `10.1.${index % 7}.${index + 10}`;
    const used = CAPACITY - 611 * index;
    scene.fire({
      pool: index === 0 ? INCIDENT_POOL : `connect_host_10.0.0.1_${remoteAddress}_443`,
      processes: ['checkout-api', 'worker'],
      place: { ...CHURN, used, ...(index === 0 ? {} : { remoteAddress, remotePort: 443 }) },
    });
    scene.step(index < 30 ? 2_000 : 20_000);
  }
  scene.step(MINUTE);
  return scene;
}

/** It becomes worse, is quiet, comes back, and is over. */
export function playOver(isResolved: boolean): IncidentScene {
  const scene = playOpen();
  const firing = (): string[] =>
    scene.incidents().flatMap(({ alerts }) => alerts.filter((one) => one.resolvedAtMs === null).map(({ id }) => id));
  firing().forEach((id) => scene.resolve(id));
  scene.step(20_000);
  scene.step(30_000);
  scene.fire({
    pool: INCIDENT_POOL,
    processes: ['checkout-api'],
    place: { ...CHURN, exhaustsAtMs: scene.nowMs() + 40_000 },
  });
  scene.step();
  scene.step(70_000);
  firing().forEach((id) => scene.resolve(id));
  scene.step(10_000);
  if (isResolved) for (let minute = 0; minute < 6; minute += 1) scene.step(MINUTE);
  return scene;
}

/** Of several causes, each over before the next begins but for the last two. */
export function playSeries(count: number): IncidentScene {
  const scene = begin();
  for (let index = 0; index < count; index += 1) {
    const remoteAddress = `10.2.${Math.floor(index / 200)}.${(index % 200) + 10}`;
    const severity = index % 3 === 0 ? 'critical' : 'warning';
    const id = scene.fire({
      pool: `connect_host_10.0.0.1_${remoteAddress}_443`,
      rule: index % 3 === 0 ? 'imminent' : 'pressure',
      severity,
      processes: [`client-${index}`],
      place: { ...CHURN, used: 24_000 + 20 * index, remoteAddress, remotePort: 443 },
    });
    scene.step();
    scene.step(5 * MINUTE);
    scene.resolve(id);
    scene.step();
    for (let minute = 0; minute < 5; minute += 1) scene.step(6 * MINUTE);
  }
  const quiet = scene.fire({ pool: 'quiet', processes: ['psql'], place: { ...CHURN, remoteAddress: '10.3.0.1' } });
  scene.step(10 * MINUTE);
  scene.resolve(quiet);
  scene.fire({
    pool: INCIDENT_POOL,
    processes: ['checkout-api'],
    place: { ...CHURN, exhaustsAtMs: scene.nowMs() + 28_000 },
  });
  scene.step();
  return scene;
}

/** Names without a place to break, and names that a page could take for markup. */
export function playHostile(): IncidentScene {
  const scene = begin();
  scene.recipients = [`${'r'.repeat(60)}@${'d'.repeat(60)}.example`, HOSTILE];
  scene.fire({
    pool: 'p'.repeat(120),
    processes: [HOSTILE, 'x'.repeat(200)],
    place: { ...CHURN, remoteAddress: HOSTILE, remotePort: null },
  });
  scene.step();
  scene.fire({ pool: 'q', processes: [HOSTILE], place: { ...CHURN, remoteAddress: `${'2001:db8::'.repeat(12)}1` } });
  scene.step(MINUTE);
  return scene;
}

function begin(): IncidentScene {
  const scene = incidentScene();
  scene.recipients = RECIPIENTS;
  return scene;
}
