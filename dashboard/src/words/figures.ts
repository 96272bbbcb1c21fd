/** The key figures of a pool, and of a host without outbound connections. */
import { formatCount, formatPercent, formatRate } from '../../../daemon/units.js';
import type { WireHost } from '../../../daemon/wire/host.js';
import type { WirePool } from '../../../daemon/wire/pool.js';

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly of: string | null;
  readonly help: string;
}

/** The numbers behind the story, in the words of the documentation. */
export function listKeyFigures(pool: WirePool): Figure[] {
  const rate = pool.closeRate === null ? 'unknown' : `${formatRate(pool.closeRate)}/s`;
  const band =
    pool.closeRateLow === null || pool.closeRateHigh === null
      ? ''
      : ` 90% interval ${formatRate(pool.closeRateLow)} to ${formatRate(pool.closeRateHigh)}.`;
  const growth = pool.liveGrowth !== null && pool.liveGrowth > 0 ? `growing ${formatRate(pool.liveGrowth)}/s` : null;
  const closeWait = pool.closeWait > 0 ? `${formatCount(pool.closeWait)} in CLOSE_WAIT` : null;
  return [
    { name: 'Used', value: formatCount(pool.used), of: `of ${formatCount(pool.capacity)}`, help: usedHelp(pool) },
    { name: 'Live', value: formatCount(pool.live), of: growth ?? closeWait, help: liveHelp(closeWait) },
    {
      name: 'TIME_WAIT',
      value: formatCount(pool.timeWait),
      of: null,
      help: 'Closed here first; held until their timer.',
    },
    {
      name: 'Close rate',
      value: rate,
      of: `of ${formatRate(pool.sustainableRate)}/s`,
      help: `Sockets entering TIME_WAIT, and the rate at which the pool settles exactly full.${band}`,
    },
    {
      name: 'Pressure',
      value: pool.pressure === null ? 'unknown' : formatPercent(pool.pressure),
      of: null,
      help: '(live + close rate x hold) / capacity: where the pool settles if the rate stays. Above 100% it runs out.',
    },
    {
      name: 'Hold',
      value: `${formatRate(pool.holdSeconds)} s`,
      of: pool.reuse === 'after_delay' ? 'reuse' : null,
      help: 'How long a closed connection keeps its port.',
    },
  ];
}

/** What a host without outbound connections could do. */
export function listIdleFigures(host: WireHost): Figure[] {
  return [
    {
      name: 'Ports',
      value: formatCount(host.capacity),
      of: 'per destination',
      help: 'What a new destination could take.',
    },
    {
      name: 'Sustainable',
      value: `${formatRate(host.sustainableRate)}/s`,
      of: 'closes',
      help: 'The close rate at which one destination settles exactly full.',
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
      help: 'Server-side ones included, which hold nothing of ours.',
    },
  ];
}

function usedHelp(pool: WirePool): string {
  const reusable = pool.reusable > 0 ? ` ${formatCount(pool.reusable)} of them can be taken again (reuse).` : '';
  return `Ports held, of those this pool could use. ${formatCount(pool.available)} are available.${reusable}`;
}

function liveHelp(closeWait: string | null): string {
  const held = closeWait === null ? '' : ` ${closeWait}: the application has not closed what the peer has.`;
  return `Ports held by connections that are not in TIME_WAIT.${held}`;
}
