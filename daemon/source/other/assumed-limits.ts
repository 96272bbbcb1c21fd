/** The limits of systems whose settings portcast does not read: documented values, marked as assumed. */
import { LAST_PORT, DEFAULT_REUSE_DELAY_MS } from '../../host/kernel-constants.js';
import type { HostLimits } from '../../host/limits.js';
import { MINUTE_MS, SECOND_MS } from '../../units.js';

/** The dynamic ports of IANA (RFC 6335), which Windows since Vista and macOS use as well. */
const FIRST_DYNAMIC_PORT = 49_152;
const ASSUMED_FIN_TIMEOUT_MS = MINUTE_MS;
/** Twice the segment lifetime of 30 s that the BSDs use. */
const BSD_TIME_WAIT_MS = 60 * SECOND_MS;
const TIME_WAIT_MS_BY_PLATFORM: Partial<Record<NodeJS.Platform, number>> = {
  // Documents name 120 to 240 s for Windows since Vista; this is the shorter.
  win32: 2 * MINUTE_MS,
  // Twice net.inet.tcp.msl, whose default is 15 s.
  darwin: 30 * SECOND_MS,
};

/** Nothing is read, so `timeWaitAssumed` is true (docs/kernel-rules.md, other systems). */
export function assumeLimits(platform: NodeJS.Platform): HostLimits {
  return {
    platform: platform === 'win32' ? 'windows' : 'other',
    range: { first: FIRST_DYNAMIC_PORT, last: LAST_PORT },
    reservedPorts: [],
    twReuse: null,
    twReuseDelayMs: DEFAULT_REUSE_DELAY_MS,
    timestamps: true,
    maxTwBuckets: null,
    finTimeoutMs: ASSUMED_FIN_TIMEOUT_MS,
    timeWaitMs: TIME_WAIT_MS_BY_PLATFORM[platform] ?? BSD_TIME_WAIT_MS,
    timeWaitAssumed: true,
    synRetries: null,
    synLinearTimeouts: null,
    orphanRetries: null,
  };
}
