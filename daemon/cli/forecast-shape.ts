/**
 * Whether a document has the fields that the commands print, each of the right type. Another program than portcast may
 * listen at the address of the daemon.
 */
import type { WireHost } from '../wire/host.js';
import type { WirePool, WirePools } from '../wire/pool.js';
import { isObject } from './daemon-client.js';

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isTextOrNull: Check = (value) => value === null || isText(value);
const isNumber: Check = (value) => typeof value === 'number';
const isNumberOrNull: Check = (value) => value === null || isNumber(value);
const isBoolean: Check = (value) => typeof value === 'boolean';
const isInstantOrNull: Check = (value) => value === null || (typeof value === 'string' && !isNaN(Date.parse(value)));

/** The fields that the texts of the commands are made of. */
const HOST_CHECKS: Partial<Record<keyof WireHost, Check>> = {
  name: isText,
  sampledAt: isInstantOrNull,
  source: isText,
  sourceWhy: isText,
  range: (value) => Array.isArray(value) && value.length === 2 && value.every(isNumber),
  reserved: isNumber,
  timeWaitSeconds: isNumber,
  timeWaitAssumed: isBoolean,
  granularitySeconds: isNumber,
  reuse: isNumberOrNull,
  reuseDelaySeconds: isNumber,
  timestamps: isBoolean,
  timeWait: isNumberOrNull,
  capacity: isNumber,
  sustainableRate: isNumber,
  noPortWhy: isTextOrNull,
  boundPortsNote: (value) => value === undefined || isText(value),
  problems: (value) => value === undefined || (Array.isArray(value) && value.every(isText)),
};
const POOL_CHECKS: Partial<Record<keyof WirePool, Check>> = {
  kind: isText,
  localAddress: isText,
  remoteAddress: isTextOrNull,
  remotePort: isNumberOrNull,
  used: isNumber,
  capacity: isNumber,
  pressure: isNumberOrNull,
  closeRate: isNumberOrNull,
  demandAtLeast: isBoolean,
  sustainableRate: isNumber,
  exhaustsAt: isInstantOrNull,
  earliestAt: isInstantOrNull,
  latestAt: isInstantOrNull,
  secondsToExhaustion: isNumberOrNull,
  probability: isNumberOrNull,
  probabilityIfHeld: isNumberOrNull,
  burstsKnown: isNumber,
  failedConnects: isNumberOrNull,
  outlookWhy: isTextOrNull,
  mode: isText,
  why: isText,
  processes: Array.isArray,
  sampledAt: isInstantOrNull,
};

export function isHost(value: unknown): value is WireHost {
  return passes(value, HOST_CHECKS);
}

export function isForecast(value: unknown): value is WirePools {
  if (!isObject(value)) return false;
  const { host, pools } = value;
  return isHost(host) && Array.isArray(pools) && pools.every((pool) => passes(pool, POOL_CHECKS));
}

function passes(value: unknown, checks: Readonly<Record<string, Check | undefined>>): boolean {
  return isObject(value) && Object.entries(checks).every(([key, check]) => check?.(value[key]) === true);
}
