/**
 * Advice for another system than the one that is watched: the load of the pool on the documented defaults of that system,
 * because that is all that is known of the host that is meant.
 */
import type { PoolForecast } from '../forecast/types.js';
import { DEFAULT_REUSE_DELAY_MS, LAST_PORT, TIME_WAIT_MS } from '../host/kernel-constants.js';
import type { HostLimits, HostPlatform, PortRange } from '../host/limits.js';
import { boundGranularityMs } from '../host/release-granularity.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';
import type { AdvicePlatform } from './context.js';

interface Defaults {
  readonly title: string;
  readonly range: PortRange;
  readonly timeWaitMs: number;
  readonly holdMs: number;
  readonly twReuse: HostLimits['twReuse'];
}

const DEFAULTS: Record<AdvicePlatform, Defaults> = {
  linux: {
    title: 'Linux',
    range: { first: 32_768, last: 60_999 },
    timeWaitMs: TIME_WAIT_MS,
    holdMs: TIME_WAIT_MS + boundGranularityMs(TIME_WAIT_MS, 250),
    twReuse: 2,
  },
  windows: {
    title: 'Windows',
    range: { first: 49_152, last: LAST_PORT },
    // Documents name 120 to 240 s for Windows since Vista; this is the shorter.
    timeWaitMs: 2 * MINUTE_MS,
    holdMs: 2 * MINUTE_MS,
    twReuse: null,
  },
};

/** The system whose limits these are: versions before the field was added stored none. */
export function readPlatform({ platform, twReuse }: Pick<HostLimits, 'platform' | 'twReuse'>): HostPlatform {
  return platform ?? (twReuse === null ? 'other' : 'linux');
}

/** The pool as it is where the host is of that system, else its load on the defaults of the system. */
export function assumePlatform(
  forecast: PoolForecast,
  limits: HostLimits,
  platform: HostPlatform,
): { forecast: PoolForecast; limits: HostLimits } {
  if (platform === 'other' || platform === readPlatform(limits)) return { forecast, limits };
  const { range, timeWaitMs, holdMs, twReuse } = DEFAULTS[platform];
  const assumed: HostLimits = {
    ...limits,
    platform,
    range,
    reservedPorts: [],
    twReuse,
    twReuseDelayMs: DEFAULT_REUSE_DELAY_MS,
    timestamps: true,
    timeWaitMs,
    timeWaitAssumed: true,
    finTimeoutMs: MINUTE_MS,
  };
  const capacity = range.last - range.first + 1;
  const { live } = forecast;
  return { forecast: { ...forecast, capacity, used: live, reusable: 0, reuse: 'none', holdMs }, limits: assumed };
}

/** What the effects rest on; null where they rest on the limits of the host. */
export function describeAssumption(limits: HostLimits, platform: HostPlatform): string | null {
  if (platform === 'other' || platform === readPlatform(limits)) return null;
  const { title, range, timeWaitMs } = DEFAULTS[platform];
  return `for a ${title} host with its default range ${range.first}-${range.last} and a TIME_WAIT of ${timeWaitMs / SECOND_MS} s; the close rate is that of this pool`;
}
