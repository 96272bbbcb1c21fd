/** What a row of the league states, and the defaults for what it does not state. */
import { SERVER_ADDRESS, type Side } from '../../lab/namespaces.js';
import type { Ending, Phase, ServerBehaviour, Stream } from './traffic.js';

/**
 * What the sockets must show: the instant at which the first connect() or bind() is refused, or that none is refused.
 */
export type Truth =
  | 'never'
  | {
      readonly code: 'EADDRNOTAVAIL' | 'EADDRINUSE';
      /** Seconds from the first connection to the first refused call. */
      readonly atS: number;
      /**
       * The latest instant, where it depends on the phase of the kernel's timer wheel when the traffic starts: the
       * first ports come free after 60 s plus up to one step. Both ends are for a step of 2.048 s.
       */
      readonly untilS?: number;
    };

export interface Row {
  /** Short and unique: it is part of the names of the namespaces, and selects the row on the command line. */
  readonly id: string;
  readonly title: string;
  readonly range: readonly [number, number];
  /** Sysctls of the client's namespace, by path under /proc/sys/net/ipv4. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly server: ServerBehaviour;
  readonly serverIn: Side;
  /** Ports of the range on which another program listens. */
  readonly listeners: readonly [number, number] | null;
  readonly streams: readonly Stream[];
  readonly lingerSeconds: number;
  readonly truth: Truth;
  /**
   * The traffic changes all the time, so that no forecast by the present rate can be right: errors are reported and not
   * judged.
   */
  readonly alwaysChanging: boolean;
  /** The pool whose forecasts are compared with the truth; null where there must be no such pool. */
  readonly pool: { readonly kind: 'connect' | 'bind' } | null;
  /** Until this instant the traffic would exhaust the pool if it did not change, so that an alert is justified. */
  readonly menacingUntilS: number;
  /**
   * How long an alert waits for further samples to confirm its forecast (docs/alerts.md). A failure that comes sooner after
   * the first forecast that counts cannot be warned of.
   */
  readonly confirmS: number;
  /** Makes other traffic first, so that the daemon sees a few releases, as a daemon that has run for a while has. */
  readonly warm: boolean;
  /**
   * The daemon of this row gets a higher priority than those of the others. They all wake at the same second, which no
   * real host does, and delay each other by some ms: enough for a difference of one port between two samples, which
   * matters where only a dozen ports show the growth.
   */
  readonly daemonFirst: boolean;
  /** Whether `npm run test:lab` runs the row. `npm run league` runs all. */
  readonly inTests: boolean;
}

export const SERVER_PORT = 7000;
export const SAMPLING_SECONDS = 2;
/** The table was measured at this tick rate. Rows near the limit are valid for it only. */
export const TABLE_HZ = 250;

const THOUSAND: readonly [number, number] = [20_000, 20_999];

export const steady = (perSecond: number, seconds: number): Phase[] => [{ perSecond, seconds }];

export function stream(phases: readonly Phase[], more: Partial<Stream> = {}): Stream {
  return { address: SERVER_ADDRESS, port: SERVER_PORT, by: 'ipv4', bindTo: null, ending: 'close', phases, ...more };
}

type RowStart = Pick<Row, 'id' | 'title' | 'streams' | 'truth'> & Partial<Row>;

export function row(start: RowStart): Row {
  return {
    range: THOUSAND,
    sysctls: {},
    server: { kind: 'closes-second' },
    serverIn: 'server',
    listeners: null,
    lingerSeconds: 0,
    alwaysChanging: false,
    menacingUntilS: 0,
    confirmS: 0,
    pool: { kind: 'connect' },
    warm: false,
    daemonFirst: false,
    inTests: false,
    ...start,
  };
}

export const fails = (atS: number, untilS?: number): Truth => ({
  code: 'EADDRNOTAVAIL',
  atS,
  ...(untilS === undefined ? {} : { untilS }),
});

export const ending = (how: Ending): Partial<Stream> => ({ ending: how });
