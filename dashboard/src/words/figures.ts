/** The key figures of a pool, and of a host without outbound connections. */
import { formatCount, formatGrowthRate, formatRate } from '../../../daemon/units.js';
import type { WireHost } from '../../../daemon/wire/host.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { formatDemandRate, formatPressure, isUnmet } from './demand.js';

const UNMET_HELP =
  'Not every call finds a port, so fewer connections open than the clients want. This is the least demand that is known.';

export interface Figure {
  readonly name: string;
  readonly value: string;
  /** Smaller text after the value, such as the limit that it is compared with. */
  readonly of: string | null;
  readonly help: string;
}

/** A value that is not measured is printed as `unknown`, never as 0. */
export function listKeyFigures(pool: WirePool): Figure[] {
  const rate = formatDemandRate(pool);
  return [
    { name: 'Used', value: formatCount(pool.used), of: `of ${formatCount(pool.capacity)}`, help: explainUsed(pool) },
    { name: 'Open', value: formatCount(pool.live), of: describeOpen(pool), help: explainOpen(pool) },
    {
      name: 'TIME_WAIT',
      value: formatCount(pool.timeWait),
      of: null,
      help: 'This host closed these connections first. Each holds its port until its timer ends.',
    },
    {
      name: isUnmet(pool) ? 'Demand' : 'Close rate',
      value: rate === null ? 'unknown' : `${rate}/s`,
      of: `of ${formatRate(pool.sustainableRate)}/s`,
      help: isUnmet(pool) ? UNMET_HELP : explainCloseRate(pool),
    },
    {
      name: 'Pressure',
      value: formatPressure(pool) ?? 'unknown',
      of: null,
      help: explainPressure(pool),
    },
    {
      name: 'Hold',
      value: `${formatRate(pool.holdSeconds)} s`,
      of: pool.reuse === 'after_delay' ? 'reuse' : null,
      help: 'How long a closed connection keeps its port.',
    },
  ];
}

/** What one destination could use. */
export function listIdleFigures(host: WireHost): Figure[] {
  return [
    {
      name: 'Ports',
      value: formatCount(host.capacity),
      of: 'per destination',
      help: 'How many ports connections to one destination can use.',
    },
    {
      name: 'Sustainable',
      value: `${formatRate(host.sustainableRate)}/s`,
      of: 'closes',
      help: 'Below this close rate the ports of a destination never run out.',
    },
    {
      name: 'TIME_WAIT',
      value: `${formatRate(host.timeWaitSeconds)} s`,
      of: 'held',
      help: 'How long a closed connection keeps its port.',
    },
    {
      name: 'In TIME_WAIT',
      value: host.timeWait === null ? 'unknown' : formatCount(host.timeWait),
      of: 'on this host',
      help: 'Connections that a server on this host closed first are included. They hold no ephemeral port.',
    },
  ];
}

function explainUsed(pool: WirePool): string {
  const reusable = pool.reusable > 0 ? ` ${formatCount(pool.reusable)} of the held ports can be reused.` : '';
  return `Ports held by open connections and by TIME_WAIT. ${formatCount(pool.available)} ports are available.${reusable}`;
}

function describeOpen({ cause, synSent, liveGrowth, closeWait }: WirePool): string | null {
  if (cause === 'unanswered') return `${formatCount(synSent)} unanswered`;
  if (liveGrowth !== null && liveGrowth > 0) return `growing ${formatGrowthRate(liveGrowth)}`;
  return closeWait > 0 ? `${formatCount(closeWait)} in CLOSE_WAIT` : null;
}

function explainOpen({ closeWait }: WirePool): string {
  const text = 'Ports held by connections that are not in TIME_WAIT.';
  if (closeWait <= 0) return text;
  return `${text} ${formatCount(closeWait)} in CLOSE_WAIT: the peer has closed them, the application has not.`;
}

function explainCloseRate({ closeRateLow, closeRateHigh }: WirePool): string {
  const text =
    'Connections per second that enter TIME_WAIT, and the rate at which use would hold exactly at the limit.';
  if (closeRateLow === null || closeRateHigh === null) return text;
  return `${text} 90% interval ${formatRate(closeRateLow)} to ${formatRate(closeRateHigh)}.`;
}

function explainPressure({ pressure, capacity }: WirePool): string {
  const formula = '(open + close rate x hold) / limit. Above 100% the ports run out.';
  if (pressure === null) return formula;
  return `This rate needs ${formatCount(pressure * capacity)} ports; there are ${formatCount(capacity)}. ${formula}`;
}
