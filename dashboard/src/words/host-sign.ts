/** The one status sign of the page: whether the host has ports, and will have them. It says nothing about portcast itself. */
import type { WireSample } from '../../../daemon/wire/sample.js';
import { isOutOfDate, type HostTime } from '../state/freshness.js';
import { listWatched } from './pool-marks.js';
import { choosePoolTone, type Tone } from './tone.js';

export interface HostSign {
  readonly state: 'ok' | 'at_risk' | 'out_of_ports' | 'unknown';
  readonly word: 'ok' | 'at risk' | 'out of ports' | 'unknown';
  readonly tone: Tone;
}

const OK: HostSign = { state: 'ok', word: 'ok', tone: 'calm' };
const AT_RISK: HostSign = { state: 'at_risk', word: 'at risk', tone: 'warning' };
const OUT_OF_PORTS: HostSign = { state: 'out_of_ports', word: 'out of ports', tone: 'critical' };
const UNKNOWN: HostSign = { state: 'unknown', word: 'unknown', tone: 'unknown' };

/**
 * By the pools of the newest sample, without those of portcast's own connections. Unknown where the present is, and while the pool
 * that is most at risk is not measured yet.
 */
export function chooseHostSign(sample: WireSample | null, time: HostTime): HostSign {
  if (sample === null || isPresentUnknown(sample, time)) return UNKNOWN;
  if (sample.status.host.noPortWhy !== null) return OUT_OF_PORTS;
  const pools = listWatched(sample);
  if (pools.some(({ mode }) => mode === 'exhausted')) return OUT_OF_PORTS;
  const tones = pools.map((pool) => choosePoolTone(pool, time));
  if (tones.some((tone) => tone === 'critical' || tone === 'warning')) return AT_RISK;
  return tones[0] === 'unknown' ? UNKNOWN : OK;
}

/** Whether nothing is known of the present: portcast cannot read the socket table, or its newest sample is too old. */
export function isPresentUnknown(sample: WireSample, time: HostTime): boolean {
  return sample.status.health === 'blind' || isSampleOld(sample, time);
}

/** Whether the newest sample is too old to describe the present. */
export function isSampleOld(sample: WireSample, time: HostTime): boolean {
  const { lastDumpAt } = sample.status.sampling;
  return lastDumpAt === null || isOutOfDate(lastDumpAt, time);
}
