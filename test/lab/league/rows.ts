/** The league: every row of the table of what must come out, as traffic between real sockets. */
import { CLIENT_ADDRESS, SECOND_SERVER_ADDRESS, SERVER_ADDRESS, type Side } from '../namespaces.js';
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
  /** Run by `npm run test:lab`; the others by `npm run league` only. */
  readonly inTests: boolean;
}

export const SERVER_PORT = 7000;
export const SAMPLING_SECONDS = 2;
/** The table was measured at this tick rate; rows near the limit hold for it alone. */
export const TABLE_HZ = 250;

const THOUSAND: readonly [number, number] = [20_000, 20_999];
const HUNDRED: readonly [number, number] = [20_000, 20_099];
const LOOPBACK = '127.0.0.1';

const steady = (perSecond: number, seconds: number): Phase[] => [{ perSecond, seconds }];

function stream(phases: readonly Phase[], more: Partial<Stream> = {}): Stream {
  return { address: SERVER_ADDRESS, port: SERVER_PORT, by: 'ipv4', bindTo: null, ending: 'close', phases, ...more };
}

type RowStart = Pick<Row, 'id' | 'title' | 'streams' | 'truth'> & Partial<Row>;

function row(start: RowStart): Row {
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
    inTests: false,
    ...start,
  };
}

const fails = (atS: number, untilS?: number): Truth => ({
  code: 'EADDRNOTAVAIL',
  atS,
  ...(untilS === undefined ? {} : { untilS }),
});

const ending = (how: Ending): Partial<Stream> => ({ ending: how });

export const ROWS: readonly Row[] = [
  row({ id: 'over', title: '25/s closes', streams: [stream(steady(25, 60))], truth: fails(40), inTests: true }),
  row({ id: 'under', title: '12/s', streams: [stream(steady(12, 150))], truth: 'never', inTests: true }),
  row({ id: 'near1', title: '16.1/s', streams: [stream(steady(16.1, 150))], truth: 'never', warm: true }),
  row({
    id: 'near2',
    title: '16.2/s',
    streams: [stream(steady(16.2, 75))],
    truth: fails(61.73, 63.46),
    warm: true,
    inTests: true,
  }),
  row({ id: 'near5', title: '16.5/s', streams: [stream(steady(16.5, 75))], truth: fails(60.61, 61.21), warm: true }),
  row({
    id: 'settles',
    title: '25/s for 20 s, then 5/s',
    streams: [
      stream([
        { perSecond: 25, seconds: 20 },
        { perSecond: 5, seconds: 80 },
      ]),
    ],
    truth: 'never',
    menacingUntilS: 20,
    inTests: true,
  }),
  row({
    id: 'burst1',
    title: 'burst of 900, then 1.4/s',
    streams: [stream([{ burst: 900, perSecond: 1.4, seconds: 100 }])],
    truth: 'never',
    inTests: true,
  }),
  row({
    id: 'burst2',
    title: 'burst of 900, then 2.5/s',
    streams: [stream([{ burst: 900, perSecond: 2.5, seconds: 60 }])],
    truth: fails(40.4),
    inTests: true,
  }),
  row({
    id: 'ramp',
    title: 'ramp 2 + 0.3 t per second',
    streams: [stream([{ perSecond: 2, growth: 0.3, seconds: 100 }])],
    truth: fails(78.1, 78.87),
    alwaysChanging: true,
    inTests: true,
  }),
  row({
    id: 'leak',
    title: '6/s kept open + 6/s closed',
    streams: [stream(steady(6, 130), ending('keep')), stream(steady(6, 130))],
    truth: fails(104.62, 106.67),
    inTests: true,
  }),
  row({
    id: 'twodest',
    title: 'two destinations at 12/s each',
    streams: [stream(steady(12, 130)), stream(steady(12, 130), { address: SECOND_SERVER_ADDRESS })],
    truth: 'never',
  }),
  row({
    id: 'bind',
    title: 'two destinations, clients bind(src,0), 12/s each',
    streams: [SERVER_ADDRESS, SECOND_SERVER_ADDRESS].map((address) =>
      stream(steady(12, 60), { address, bindTo: CLIENT_ADDRESS }),
    ),
    truth: { code: 'EADDRINUSE', atS: 41.67 },
    pool: { kind: 'bind' },
    inTests: true,
  }),
  row({
    id: 'reuse95',
    title: '100 ports, reuse 1 with timestamps, 95/s',
    range: HUNDRED,
    sysctls: { tcp_tw_reuse: '1' },
    streams: [stream(steady(95, 75))],
    truth: 'never',
    inTests: true,
  }),
  row({
    id: 'reuse110',
    title: '100 ports, reuse 1 with timestamps, 110/s',
    range: HUNDRED,
    sysctls: { tcp_tw_reuse: '1' },
    streams: [stream(steady(110, 20))],
    lingerSeconds: 10,
    truth: fails(0.91),
    inTests: true,
  }),
  row({
    id: 'loop95',
    title: '100 ports, reuse 2, loopback, 95/s',
    range: HUNDRED,
    sysctls: { tcp_tw_reuse: '2' },
    serverIn: 'client',
    streams: [stream(steady(95, 75), { address: LOOPBACK })],
    truth: 'never',
    inTests: true,
  }),
  row({
    id: 'loop110',
    title: '100 ports, reuse 2, loopback, 110/s',
    range: HUNDRED,
    sysctls: { tcp_tw_reuse: '2' },
    serverIn: 'client',
    streams: [stream(steady(110, 20), { address: LOOPBACK })],
    lingerSeconds: 10,
    truth: fails(0.91),
  }),
  row({
    id: 'own',
    title: 'reuse 2, own non-loopback address, 25/s',
    sysctls: { tcp_tw_reuse: '2' },
    serverIn: 'client',
    streams: [stream(steady(25, 60), { address: CLIENT_ADDRESS })],
    truth: fails(40),
    inTests: true,
  }),
  row({
    id: 'first',
    title: 'server closes first, 60/s',
    server: { kind: 'closes-first' },
    streams: [stream(steady(60, 75), ending('await'))],
    truth: 'never',
    inTests: true,
  }),
  row({
    id: 'buckets',
    title: '`tcp_max_tw_buckets` 500, 25/s',
    sysctls: { tcp_max_tw_buckets: '500' },
    streams: [stream(steady(25, 90))],
    truth: 'never',
    inTests: true,
  }),
  row({
    id: 'reserved',
    title: '100 reserved, 25/s',
    sysctls: { ip_local_reserved_ports: '20100-20199' },
    streams: [stream(steady(25, 60))],
    truth: fails(36),
    inTests: true,
  }),
  row({
    id: 'listen',
    title: '100 listeners inside the range, 25/s',
    listeners: [20_100, 20_199],
    streams: [stream(steady(25, 60))],
    truth: fails(36),
    inTests: true,
  }),
  row({
    id: 'mapped',
    title: 'half by IPv4, half by `::ffff:`, 25/s in all',
    streams: [stream(steady(12.5, 60)), stream(steady(12.5, 60), { by: 'mapped' })],
    truth: fails(40),
    inTests: true,
  }),
  row({
    id: 'orphan60',
    title: 'orphan FIN_WAIT2, fin_timeout 60, 25/s',
    sysctls: { tcp_fin_timeout: '60' },
    server: { kind: 'holds', holdSeconds: null },
    streams: [stream(steady(25, 60))],
    truth: fails(40),
    inTests: true,
  }),
  row({
    id: 'orphan10',
    title: 'orphan FIN_WAIT2, fin_timeout 10, 25/s',
    sysctls: { tcp_fin_timeout: '10' },
    // Long after the orphan is gone, and before its port comes round again.
    server: { kind: 'holds', holdSeconds: 14 },
    streams: [stream(steady(25, 75))],
    truth: 'never',
    inTests: true,
  }),
  row({
    id: 'reset',
    title: 'reset closes, 100/s',
    streams: [stream(steady(100, 75), ending('reset'))],
    truth: 'never',
    inTests: true,
  }),
  row({
    id: 'udp',
    title: 'UDP, 100/s',
    streams: [stream(steady(100, 75), { by: 'udp' })],
    truth: 'never',
    pool: null,
    inTests: true,
  }),
];
