/** The answer of `portcast plan --json` and `GET /api/v1/plan`, and the pool of the newest sample as input of it. */
import { planWhatIf, type Plan } from '../advice/plan.js';
import { compareWith, type Lines, type Outcome } from '../advice/what-if-course.js';
import { listNotes } from '../advice/what-if-notes.js';
import { writeComparison } from '../advice/what-if-sentence.js';
import { countPorts, type ReuseFacts, type Settings, type Situation } from '../advice/what-if.js';
import { DEFAULT_REUSE_DELAY_MS } from '../host/kernel-constants.js';
import { SECOND_MS } from '../units.js';

/** What is changed, as it was given; what is absent stays as it is. */
export interface WireSettings {
  ports?: [number, number];
  reserved?: number;
  timeWaitSeconds?: number;
  rate?: number;
  live?: number;
  sources?: number;
  requests?: number;
  reuse?: boolean;
}

/**
 * The plan as it was computed: its fields are the fields of the JSON. Rates are per second, durations in seconds. Of a what-if
 * these fields say how it is without the settings, and the others compare it.
 */
export type WirePlan = Plan & Partial<WireWhatIf>;

export interface WireWhatIf {
  /** The pool that is planned for; null where numbers were given. */
  pool: { id: string; name: string } | null;
  settings: WireSettings;
  asIs: Outcome;
  changed: Outcome;
  /** Ports in use from now on, as it is and with the settings. */
  lines: Lines;
  sentence: string;
  /** What the result assumes. */
  notes: string[];
}

/** Reuse is a matter of the host, about which numbers say nothing. */
const TYPED_REUSE: ReuseFacts = { delayMs: DEFAULT_REUSE_DELAY_MS, whyNot: null };

export function settingsToWire({ ports, timeWaitMs, ...others }: Settings): WireSettings {
  return {
    ...others,
    ...(ports && { ports: [ports[0], ports[1]] }),
    ...(timeWaitMs !== undefined && { timeWaitSeconds: timeWaitMs / SECOND_MS }),
  };
}

/** The parameters of `GET /api/v1/plan` for a stored incident. */
export function writeIncidentQuery(id: string, settings: Settings): string {
  const { ports, timeWaitSeconds, ...others } = settingsToWire(settings);
  const query = new URLSearchParams({ incident: id });
  if (ports !== undefined) query.set('ports', ports.join('-'));
  if (timeWaitSeconds !== undefined) query.set('timeWait', `${timeWaitSeconds}s`);
  for (const [name, value] of Object.entries(others)) query.set(name, String(value));
  return query.toString();
}

/** Numbers that were typed, as a pool in which only the live connections hold ports. */
export interface TypedNumbers {
  readonly ports: readonly [number, number];
  readonly reserved?: number;
  readonly timeWaitMs: number;
  readonly rate: number;
  readonly live: number;
}

export function situationOfNumbers({ ports, reserved = 0, timeWaitMs, rate, live }: TypedNumbers): Situation {
  const capacity = Math.max(0, countPorts(ports) - reserved);
  const none = { held: 0, freedBy: null, growth: 0, waiting: 0, isLeast: false };
  return { name: 'a destination', ports, capacity, live, rate, holdMs: timeWaitMs, reuse: TYPED_REUSE, ...none };
}

/**
 * @param settings must make sense: see `findProblems`.
 * @param pool null where the situation is one of numbers.
 */
export function planToWire(now: Situation, settings: Settings, pool: WireWhatIf['pool']): Plan & WireWhatIf {
  const compared = compareWith(now, settings);
  const ports = now.ports ?? [1, now.capacity];
  const plan = planWhatIf({
    ports,
    reserved: countPorts(ports) - now.capacity,
    timeWaitMs: now.holdMs,
    rate: now.rate,
    live: Math.round(now.live),
  });
  return {
    ...plan,
    pool,
    settings: settingsToWire(settings),
    ...compared,
    sentence: writeComparison(now, settings, compared),
    notes: listNotes(now, settings),
  };
}
