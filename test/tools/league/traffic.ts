/** The traffic of a client: plain data that a row states and that the client receives. */

/** A phase of the traffic: first `burst` connections at once, then `perSecond + growth x t` connections per second. */
export interface Phase {
  readonly burst?: number;
  readonly perSecond: number;
  /** By how much the rate increases per second. */
  readonly growth?: number;
  readonly seconds: number;
}

/**
 * How a connection ends. `close`: this side sends its FIN first; `reset`: linger 0; `keep`: it stays open;
 * `await`: this side closes only after the server's FIN.
 */
export type Ending = 'close' | 'reset' | 'keep' | 'await';

export interface Stream {
  readonly address: string;
  readonly port: number;
  /** `mapped`: an IPv6 socket connects to ::ffff:address. `udp`: no TCP at all. */
  readonly by: 'ipv4' | 'mapped' | 'udp';
  /** The address that the client binds to, with port 0, before it connects; null where connect() chooses the port. */
  readonly bindTo: string | null;
  readonly ending: Ending;
  readonly phases: readonly Phase[];
}

export interface Arrival {
  /** Seconds since the start. */
  readonly atS: number;
  readonly stream: Stream;
  /** Part of a burst: due at the same instant as the connection before, so that it is late by design. */
  readonly inBurst: boolean;
}

/** What a server does with a connection. `hold`: it keeps its side open, for `holdSeconds` or until the end. */
export type ServerBehaviour =
  { readonly kind: 'closes-second' | 'closes-first' } | { readonly kind: 'holds'; readonly holdSeconds: number | null };

/** All connections in order. Streams of the same rate alternate evenly. */
export function arrivals(streams: readonly Stream[]): Arrival[] {
  const all = streams.flatMap((stream, index) => {
    const first = stream.phases[0];
    const offsetS = first === undefined || first.perSecond === 0 ? 0 : index / streams.length / first.perSecond;
    return [...arrivalsOf(stream, offsetS)];
  });
  return all.sort((a, b) => a.atS - b.atS);
}

function* arrivalsOf(stream: Stream, offsetS: number): Generator<Arrival> {
  let phaseStartS = offsetS;
  for (const { burst = 0, perSecond, growth = 0, seconds } of stream.phases) {
    for (let n = 0; n < burst; n += 1) yield { atS: phaseStartS, stream, inBurst: true };
    // After a burst the first paced connection comes a full gap later.
    for (let n = burst > 0 ? 1 : 0; ; n += 1) {
      const inPhaseS = instantOf(n, perSecond, growth);
      if (inPhaseS >= seconds) break;
      yield { atS: phaseStartS + inPhaseS, stream, inBurst: false };
    }
    phaseStartS += seconds;
  }
}

/** The time t at which `rate t + growth t^2 / 2` reaches n. */
function instantOf(n: number, rate: number, growth: number): number {
  if (growth === 0) return rate === 0 ? Infinity : n / rate;
  return (Math.sqrt(rate * rate + 2 * growth * n) - rate) / growth;
}

/** The instants at which the rate plan changes, in seconds since the start. The start is one of them. */
export function changes(streams: readonly Stream[]): number[] {
  const instants = new Set<number>();
  for (const { phases } of streams) {
    let atS = 0;
    for (const phase of phases) {
      instants.add(atS);
      atS += phase.seconds;
    }
  }
  return [...instants].sort((a, b) => a - b);
}
