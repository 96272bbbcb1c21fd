/** The three kinds of series, their columns, and the conversion of ports, pools and host counters to stored numbers. */
import type { PortSeriesSample } from '../../snapshot/port-series.js';
import type { PoolForecast } from '../../forecast/types.js';
import type { HostCounters } from '../../host/counters.js';
import { STATE_COUNT, TCP_STATES, type TcpState } from '../../snapshot/snapshot.js';
import type { Format } from './codec.js';

export type Kind = 0 | 1 | 2;
export const KIND = { port: 0, pool: 1, host: 2 } as const satisfies Record<string, Kind>;

interface KindShape extends Format {
  readonly names: readonly string[];
  /** Stored value per value shown: fractions are stored as whole numbers. */
  readonly scales: readonly number[];
}

/** The states that change often come first, so that the mask of changed columns usually fits into one byte. */
const STATE_ORDER: readonly TcpState[] = [
  'ESTABLISHED',
  'TIME_WAIT',
  'CLOSE_WAIT',
  'SYN_SENT',
  'FIN_WAIT2',
  'FIN_WAIT1',
  'LAST_ACK',
  'CLOSING',
  'SYN_RECV',
  'LISTEN',
  'CLOSE',
  'NEW_SYN_RECV',
  'BOUND_INACTIVE',
];
const STATE_INDEX = STATE_ORDER.map((state) => TCP_STATES.indexOf(state));

/** Greatest stored value: its difference from any other still fits a zigzag varint. */
const MAX_VALUE = 2 ** 51;

const HOST_COLUMNS = [
  'inUse',
  'timeWait',
  'tw',
  'activeOpens',
  'passiveOpens',
  'currEstab',
  'alloc',
  'orphan',
  'twRecycled',
  'twKilled',
  'twOverflow',
] as const satisfies readonly (keyof HostCounters)[];

export const KIND_SHAPES: Readonly<Record<Kind, KindShape>> = {
  [KIND.port]: createShape(['total', ...STATE_ORDER.map((state) => state.toLowerCase())], { totalFirst: true }),
  [KIND.pool]: createShape(['used', 'timeWait', 'live', 'closeRate', 'pressure', 'capacity'], {
    scales: [1, 1, 1, 1000, 10_000, 1],
  }),
  [KIND.host]: createShape([...HOST_COLUMNS], {}),
};

export function parseKind(code: number): Kind {
  return code === KIND.port || code === KIND.pool ? code : KIND.host;
}

/** Column 0 is the total of all states. */
export function encodePort(states: ArrayLike<number>): Float64Array {
  const values = new Float64Array(STATE_COUNT + 1);
  STATE_INDEX.forEach((index, column) => {
    const count = states[index] ?? 0;
    values[column + 1] = count;
    values[0] = (values[0] ?? 0) + count;
  });
  return values;
}

export function encodePool(
  pool: Pick<PoolForecast, 'used' | 'live' | 'timeWait' | 'capacity' | 'closeRate' | 'pressure'>,
): Float64Array {
  const { used, timeWait, live, closeRate, pressure, capacity } = pool;
  return encodeValues([used, timeWait, live, closeRate, pressure, capacity], KIND_SHAPES[KIND.pool].scales);
}

export function encodeHost(counters: HostCounters): Float64Array {
  return encodeValues(
    HOST_COLUMNS.map((name) => counters[name]),
    KIND_SHAPES[KIND.host].scales,
  );
}

/** The identity of a port series, as JSON. */
export function describePort(port: PortSeriesSample): string {
  const { direction, namespace, address } = port;
  return JSON.stringify({ direction, namespace, address, port: port.port });
}

/** The identity of a pool, as JSON. */
export function describePool(pool: PoolForecast): string {
  const { kind, namespace, localAddress, remoteAddress, remotePort } = pool;
  return JSON.stringify({ kind, namespace, localAddress, remoteAddress, remotePort });
}

/** NaN stands for a value that is unknown. */
function encodeValues(values: readonly (number | null)[], scales: readonly number[]): Float64Array {
  return Float64Array.from(values, (value, column) => {
    if (value === null || !Number.isFinite(value)) return NaN;
    return Math.min(MAX_VALUE, Math.max(0, Math.round(value * (scales[column] ?? 1))));
  });
}

function createShape(
  names: readonly string[],
  options: { totalFirst?: boolean; scales?: readonly number[] },
): KindShape {
  return {
    names,
    columns: names.length,
    totalFirst: options.totalFirst ?? false,
    scales: options.scales ?? names.map(() => 1),
  };
}
