/** The state of the host in a few words, for the title of the tab, its sign, and the wall. It is about the pool most at risk. */
import { MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import type { HostTime } from '../state/freshness.js';
import { formatPoolTitle, formatWholeDuration, parseInstant } from './format.js';
import { isPresentUnknown } from './host-sign.js';
import { listWatched } from './pool-marks.js';
import { isLikely } from './probability-text.js';
import { readSpread } from './spread.js';
import { choosePoolTone, type Tone } from './tone.js';

/** Less than this is no time to count. */
const MOMENT_MS = 2.5 * SECOND_MS;

export interface Verdict {
  readonly tone: Tone;
  /** `OUT OF PORTS`, `Full in 48 s`, `ok`. */
  readonly text: string;
  /** What it is about; null where that is the whole host. */
  readonly pool: WirePool | null;
}

/** @param sample the newest; null before the first. */
export function judgeHost(sample: WireSample | null, time: HostTime): Verdict {
  if (sample === null) return { tone: 'unknown', text: 'No sample yet', pool: null };
  if (isPresentUnknown(sample, time)) return { tone: 'unknown', text: 'Unknown', pool: null };
  if (sample.status.host.noPortWhy !== null) return { tone: 'critical', text: 'NO USABLE PORT', pool: null };
  const [pool] = listWatched(sample);
  return pool === undefined ? { tone: 'calm', text: 'ok', pool: null } : judgePool(pool, time);
}

/** The same of one pool. */
export function judgePool(pool: WirePool, time: HostTime): Verdict {
  const tone = choosePoolTone(pool, time);
  return { tone, text: describeState(pool, tone, time.nowMs), pool };
}

/** `Full in 48 s 10.0.0.2:443 · web-1`, `ok · web-1`, `? Unknown · web-1`. */
export function writeTabTitle({ tone, text, pool }: Verdict, hostName: string): string {
  const said = tone === 'unknown' ? `? ${text}` : text;
  const about = pool === null || tone === 'calm' ? '' : ` ${formatPoolTitle(pool)}`;
  return `${said}${about} · ${hostName}`;
}

function describeState(pool: WirePool, tone: Tone, nowMs: number): string {
  if (tone === 'unknown') return pool.pressure === null ? 'Measuring' : 'Unknown';
  if (pool.mode === 'exhausted') return 'OUT OF PORTS';
  if (pool.exhaustsAt !== null) return countDown(pool, nowMs);
  if (pool.demandAtLeast) return 'Ports come free';
  if (tone === 'calm') return 'ok';
  const fullAtMs = parseInstant(pool.pressureFullAt);
  if (fullAtMs !== null) return `Full in about ${formatWholeDuration(roundRoughly(fullAtMs - nowMs))}`;
  return (pool.pressure ?? 0) >= 1 ? 'Closes too fast' : 'Nearly full';
}

/** Where the 90% interval is wide, the seconds of a countdown would promise too much. */
function countDown(pool: WirePool, nowMs: number): string {
  const { exhaustsAtMs, isWide } = readSpread(pool, nowMs);
  const likely = isLikely(pool);
  const leftMs = exhaustsAtMs - nowMs;
  if (leftMs < MOMENT_MS && likely) return 'Full at any moment';
  const when = isWide ? `about ${formatWholeDuration(roundRoughly(leftMs))}` : formatWholeDuration(leftMs);
  return `${likely ? 'Full' : 'May be full'} in ${when}`;
}

function roundRoughly(ms: number): number {
  const stepMs = ms < MINUTE_MS ? 5 * SECOND_MS : ms < 10 * MINUTE_MS ? 30 * SECOND_MS : MINUTE_MS;
  return Math.max(stepMs, Math.round(ms / stepMs) * stepMs);
}
