/** Where connections come from: the arrivals of each stream, its clients, and the failed calls that are repeated. */
import { arrivalTimes } from './arrivals.js';
import { CLIENT_RETRY, drawDuration, drawRetryWait, SYN_GIVEN_UP_MS } from './behaviour.js';
import { intensityOf } from './plan.js';
import { seededFor, type Random } from './random.js';
import type { Destination, Fate, Life, Stream, World } from './world.js';

/** The part of the random numbers that fates, SYNs, pauses and waits are drawn from; one more for each stream. */
const CHOICES_PART = 200_000;

/** What becomes of a SYN: answered at once or after `afterMs`, or never, and then the row ends after `afterMs`. */
interface SynOutcome {
  readonly isAnswered: boolean;
  readonly afterMs: number;
}

export interface Source {
  readonly stream: Stream;
  /** The instant of the next planned arrival. */
  nextAt(): number;
  nextGroup(): number;
  /** The instant at which a connection established now ends. */
  endOf(establishedAt: number, fate: Fate): number;
  nextFate(): Fate;
  nextSyn(): SynOutcome;
  /** From the end of a client's connection to its next one. */
  nextPause(): number;
  /** The wait after the given number of failed calls; `Infinity` where the connection is given up. */
  nextWait(failed: number, isClient: boolean): number;
  /** The instants at which clients begin or may stop, with the number of clients from then on. */
  readonly clientCounts: readonly { readonly atMs: number; readonly clients: number }[];
  /** The instants at which this many new clients begin. */
  startsOf(count: number, fromMs: number): number[];
}

const ANSWERED: SynOutcome = { isAnswered: true, afterMs: 0 };

export function createSource(
  world: World,
  stream: Stream,
  at: { readonly index: number; readonly indexOf: (to: Destination) => number },
): Source {
  const arrivals = stream.arrivals ?? world.arrivals ?? { kind: 'paced' };
  const seed = world.seed ?? 1;
  const groups = stream.to.map(at.indexOf);
  const pick = seededFor(seed, 3 * at.index);
  const lives = seededFor(seed, 3 * at.index + 1);
  const choices = seededFor(seed, CHOICES_PART + at.index);
  const { clients, syn, otherFates } = stream;
  let turn = 0;
  return {
    stream,
    nextAt: arrivalTimes(arrivals, intensityOf(stream.rate), seededFor(seed, 3 * at.index + 2)),
    nextGroup() {
      const place = groups.length === 1 ? 0 : arrivals.kind === 'paced' ? turn++ : Math.floor(pick() * groups.length);
      return groups[place % groups.length] ?? 0;
    },
    endOf: (establishedAt, fate) => (fate === 'kept' ? Infinity : findEnd(stream.life, establishedAt, lives)),
    nextFate() {
      if (otherFates === undefined) return stream.fate;
      let left = choices();
      for (const { fate, share } of otherFates) {
        left -= share;
        if (left < 0) return fate;
      }
      return stream.fate;
    },
    nextSyn() {
      if (syn === undefined || choices() >= syn.share) return ANSWERED;
      const { answeredAfterMs = Infinity, timeoutMs = SYN_GIVEN_UP_MS } = syn;
      const isAnswered = answeredAfterMs < timeoutMs;
      return { isAnswered, afterMs: isAnswered ? answeredAfterMs : Math.min(timeoutMs, SYN_GIVEN_UP_MS) };
    },
    nextPause: () => (clients?.pause === undefined ? 0 : drawDuration(clients.pause, choices)),
    nextWait(failed, isClient) {
      const retry = stream.retry ?? (isClient ? CLIENT_RETRY : undefined);
      return retry === undefined ? Infinity : drawRetryWait(retry, failed, choices);
    },
    clientCounts: clients?.counts ?? [],
    startsOf: (count, fromMs) =>
      Array.from(
        { length: count },
        () => fromMs + (clients?.startOverMs ?? 0) * (clients?.startOverMs ? choices() : 0),
      ),
  };
}

function findEnd(life: Life | undefined, establishedAt: number, random: Random): number {
  if (life === undefined) return establishedAt;
  if ('untilMs' in life) {
    if (establishedAt >= life.untilMs) return establishedAt;
    return life.untilMs + (life.overMs === undefined ? 0 : life.overMs * random());
  }
  const endsAt = establishedAt + drawDuration(life, random);
  return life.everyMs === undefined ? endsAt : Math.ceil(endsAt / life.everyMs) * life.everyMs;
}
