/** What the wall says: few words, since they are read from three metres. */
import { formatCount } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import type { ConnectionState, HostTime } from '../state/freshness.js';
import { formatInstant, formatPoolTitle, formatWholeDuration, parseInstant } from './format.js';
import { listWatched } from './pool-marks.js';
import type { Tone } from './tone.js';
import { judgePool, type Verdict } from './verdict.js';

const SPOKEN: Record<Tone, string> = {
  critical: 'Critical',
  warning: 'Warning',
  calm: 'ok',
  unknown: 'Unknown',
};

/** Capital letters are wider than the others. */
const CAPITAL_WIDTH = 1.25;

interface Unseen {
  /** `No data for 3 min 4 s`. */
  readonly text: string;
  /** Why, and what was seen last. */
  readonly why: string;
}

interface UnseenInput {
  readonly sample: WireSample | null;
  readonly connection: ConnectionState;
  readonly time: HostTime;
}

/** What stands in place of the verdict where nothing is known of the present. */
export function describeUnseen({ sample, connection, time }: UnseenInput): Unseen {
  if (sample === null) return { text: 'No data yet', why: 'Waiting for the first sample of portcast.' };
  const [pool] = listWatched(sample);
  const seenAtMs = parseInstant(pool?.sampledAt ?? sample.status.host.sampledAt) ?? time.nowMs;
  const cause =
    connection === 'lost' || connection === 'stale'
      ? 'portcast does not answer.'
      : 'portcast cannot read the socket table.';
  const last = pool === undefined ? 'no pool' : describeLast(pool, { ...time, nowMs: seenAtMs });
  return {
    text: `No data for ${formatWholeDuration(time.nowMs - seenAtMs)}`,
    why: `${cause} Last seen at ${formatInstant(seenAtMs, time.nowMs)}: ${last}`,
  };
}

function describeLast(pool: WirePool, time: HostTime): string {
  return `${judgePool(pool, time).text}, ${formatPoolTitle(pool)}`;
}

/** `812 of 1,000`. */
export function describeHeld({ used, capacity }: WirePool): string {
  return `${formatCount(used)} of ${formatCount(capacity)}`;
}

/** The ports in use as a share of the limit; a full pool is never rounded down, and a pool that is not full never up. */
export function formatHeldShare({ used, capacity }: WirePool): string {
  if (capacity <= 0 || used >= capacity) return '100%';
  return `${Math.min(99, Math.round((used / capacity) * 100))}%`;
}

/** Without figures that change every second, so that a screen reader speaks only when something happens. */
export function describeForReader({ tone, pool }: Verdict): string {
  return pool === null || tone === 'calm' ? SPOKEN[tone] : `${SPOKEN[tone]}: ${formatPoolTitle(pool)}`;
}

/** The width of a text in average letters, for a size at which it stays on one line. */
export function measureWidth(text: string): number {
  const capitals = text.match(/[A-Z]/g)?.length ?? 0;
  return text.length + capitals * (CAPITAL_WIDTH - 1);
}
