/** What a row of the league states, and what it means where it states nothing. */
import { SERVER_ADDRESS, type Side } from '../../lab/namespaces.js';
import type { Ending, Phase, ServerBehaviour, Stream } from './traffic.js';

/** What the sockets themselves must show: when the first connect (or bind) is refused, or that none is. */
export type Truth =
  | 'never'
  | {
      readonly code: 'EADDRNOTAVAIL' | 'EADDRINUSE';
      /** Seconds from the first connection to the first refusal. */
      readonly atS: number;
      /**
       * The latest it can be, where the instant depends on where the kernel's timer wheel stands when the traffic starts:
       * the first ports come back after 60 s plus anything up to one step. Both ends are for a step of 2.048 s.
       */
      readonly untilS?: number;
    };

export interface Row {
  /** Short and unique: names the namespaces and selects the row. */
  readonly id: string;
  readonly title: string;
  readonly range: readonly [number, number];
  /** Of the client's namespace, by path under /proc/sys/net/ipv4. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly server: ServerBehaviour;
  readonly serverIn: Side;
  /** Ports of the range that somebody else listens on. */
  readonly listeners: readonly [number, number] | null;
  readonly streams: readonly Stream[];
  readonly lingerSeconds: number;
  readonly truth: Truth;
  /** The traffic never stops changing, so no forecast can be held to the present rate: errors are told, not judged. */
  readonly alwaysChanging: boolean;
  /** The pool whose forecasts are held against the truth; null where there must be none. */
  readonly pool: { readonly kind: 'connect' | 'bind' } | null;
  /** Until when the traffic was such that, had it gone on, it would have exhausted the pool: an alert is right then. */
  readonly menacingUntilS: number;
  /** Let the daemon see a few releases of other traffic first, as one that has run for a while has. */
  readonly warm: boolean;
  /**
   * Its daemon goes before those of the other rows. They all wake at the same second, as on no host, and each puts the others
   * off by some ms: enough for one port more or less between two samples, which matters where a dozen are all there is.
   */
  readonly daemonFirst: boolean;
  /** Run by `npm run test:lab`; the others by `npm run league` only. */
  readonly inTests: boolean;
}

export const SERVER_PORT = 7000;
export const SAMPLING_SECONDS = 2;
/** The table was measured at this tick rate; rows near the limit hold for it alone. */
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
