/** What helps a planned load, each with its computed effect. */
import { DEFAULT_REUSE_DELAY_MS } from '../host/kernel-constants.js';
import { formatCount, formatDuration, formatPercent, formatRate } from '../units.js';
import { buildRemedy, computeOnPorts, computeSpread } from './build-remedy.js';
import {
  AMPLE_PRESSURE,
  computeEffect,
  findLeastRequests,
  NOT_FIN_TIMEOUT,
  REQUESTS_PER_CONNECTION,
  WIDEST_RANGE,
  type Load,
  type Remedy,
} from './effect.js';

interface PlannedPorts {
  readonly ports: readonly [number, number];
  readonly reserved?: number;
}

const VERIFY = {
  text: 'With this load the forecast of the pool has the pressure that is computed here.',
  command: 'portcast forecast',
};

export function listPlanRemedies(load: Load, { ports, reserved = 0 }: PlannedPorts): Remedy[] {
  const present = computeEffect(load);
  const remedies = [planKeepAlive(load), planReuse(load)];
  const [widestFirst, widestLast] = WIDEST_RANGE;
  if (ports[0] > widestFirst || ports[1] < widestLast) {
    remedies.push(
      buildRemedy(
        'wider_range',
        {
          title: `Widen the range to ${widestFirst}-${widestLast}`,
          detail: `Linux: sysctl -w net.ipv4.ip_local_port_range="${widestFirst} ${widestLast}"; reserve the ports that services listen on.`,
          effect: computeOnPorts({ ...load, capacity: widestLast - widestFirst + 1 - reserved }),
          verify: VERIFY,
        },
        present,
      ),
    );
  }
  return [
    ...remedies,
    buildRemedy(
      'second_destination',
      {
        title: 'Spread over a second destination or local address',
        detail:
          'Use another port or address of the server, or connect from another address of this host: each combination has the whole range again.',
        effect: computeSpread(load, 2),
        verify: VERIFY,
      },
      present,
    ),
    buildRemedy(
      'server_closes',
      {
        detail:
          'The side that closes first holds the TIME_WAIT; on a listening port it takes none of the ports of this host.',
        effect: computeOnPorts({ ...load, rate: 0 }),
        verify: VERIFY,
      },
      present,
    ),
  ];
}

function planKeepAlive(load: Load): Remedy {
  const { rate } = load;
  const least = findLeastRequests(load);
  const suffices =
    least === null || least === 1
      ? ''
      : ` ${formatCount(least)} requests keep the ports below ${formatPercent(AMPLE_PRESSURE)}.`;
  return buildRemedy(
    'keep_alive',
    {
      detail: `With ${REQUESTS_PER_CONNECTION} requests per connection, closes fall to ${formatRate(rate / REQUESTS_PER_CONNECTION)}/s; a pool of fixed size closes almost none.${suffices}`,
      effect: computeOnPorts({ ...load, rate: rate / REQUESTS_PER_CONNECTION }),
      verify: VERIFY,
    },
    computeEffect(load),
  );
}

function planReuse(load: Load): Remedy {
  return buildRemedy(
    'tw_reuse',
    {
      detail: `Linux: sysctl -w net.ipv4.tcp_tw_reuse=1, with TCP timestamps on at both ends; a port can be taken again after ${formatDuration(DEFAULT_REUSE_DELAY_MS)}. ${NOT_FIN_TIMEOUT}.`,
      effect: computeOnPorts({ ...load, holdMs: Math.min(DEFAULT_REUSE_DELAY_MS, load.holdMs) }),
      verify: VERIFY,
    },
    computeEffect(load),
  );
}
