/** How pools, calls and instants are named for people. */
import type { PoolForecast } from '../forecast/types.js';
import { formatEndpoint, isWildcard } from '../host/endpoint.js';
import { formatCount, formatDuration, SECOND_MS } from '../units.js';

/** Where a pool leads: `10.0.0.2:443`, `[2001:db8::2]:443`, `any destination from 10.0.0.1 after bind()`. */
export function nameDestination(pool: PoolForecast): string {
  return `${nameRemoteEnd(pool)}${nameNamespace(pool)}`;
}

/** The ports of a pool, within a sentence: `ports to 10.0.0.2:443`, `ports for bind() on 10.0.0.1`. */
export function namePorts(pool: PoolForecast): string {
  return `ports ${nameUse(pool)}`;
}

/** What the ports of a pool are for: `to 10.0.0.2:443`, `for bind() on 10.0.0.1`. */
export function nameUse(pool: PoolForecast): string {
  return pool.kind === 'bind' ? `for ${nameFailingCall(pool)}` : `to ${nameDestination(pool)}`;
}

/** The call that fails when the pool is full: `connect() to 10.0.0.2:443`, `bind() on any local address`. */
export function nameFailingCall(pool: PoolForecast): string {
  if (pool.kind === 'bind') return `bind() on ${nameLocalEnd(pool)}${nameNamespace(pool)}`;
  return `connect() to ${nameDestination(pool)}`;
}

/** How that call fails: `fails with EADDRINUSE ("Address already in use")`. */
export function describeError({ kind }: Pick<PoolForecast, 'kind'>): string {
  if (kind === 'bind') return 'fails with EADDRINUSE ("Address already in use")';
  return 'fails with EADDRNOTAVAIL ("Cannot assign requested address")';
}

/** The local address of a pool; a wildcard as `any local address`. */
function nameLocalEnd({ localAddress }: Pick<PoolForecast, 'localAddress'>): string {
  return isWildcard(localAddress) ? 'any local address' : localAddress;
}

/** What the clients of a pool do that needs a port: `connects`, `binds`. */
export function nameCalls({ kind }: Pick<PoolForecast, 'kind'>, count = 2): string {
  const call = kind === 'bind' ? 'bind' : 'connect';
  return count === 1 ? call : `${call}s`;
}

/** The time of day in UTC, for a sentence about the near future or the recent past: `14:03:22 UTC`. */
export function formatTimeOfDay(epochMs: number): string {
  return `${formatClock(epochMs)} UTC`;
}

/** The time of day without the zone: `14:03:22`. */
export function formatClock(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(11, 19);
}

/**
 * How far off an instant is: `in 28 s`, `at any moment`. Whole seconds, because no forecast is more precise than that.
 * A forecast never says `now`: ports are left while it is one.
 */
export function formatHowSoon(instantMs: number, nowMs: number): string {
  const seconds = Math.round((instantMs - nowMs) / SECOND_MS);
  return seconds <= 0 ? 'at any moment' : `in ${formatDuration(seconds * SECOND_MS)}`;
}

/** `1 port`, `1,534 ports`. */
export function formatPorts(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'port' : 'ports'}`;
}

/** A sentence begins with it. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function nameRemoteEnd(pool: PoolForecast): string {
  const { remoteAddress, remotePort, localAddress, kind } = pool;
  if (remoteAddress === null) {
    if (kind !== 'bind') return `any destination from ${localAddress}`;
    if (isWildcard(localAddress)) return 'any destination after bind() on any local address';
    return `any destination from ${localAddress} after bind()`;
  }
  if (remotePort === null) return remoteAddress;
  return formatEndpoint(remoteAddress, remotePort);
}

function nameNamespace({ namespace }: PoolForecast): string {
  return namespace === 'host' ? '' : ` in namespace ${namespace}`;
}
