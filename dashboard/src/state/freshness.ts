/** Decisions about the live connection: how fresh it is, when to try again, what time it is on the host. */
import { parseInstant } from '../words/format.js';
import type { WireStatus } from '../../../daemon/wire/status.js';

export type ConnectionState = 'connecting' | 'live' | 'stale' | 'lost';

const STALE_AFTER_MS = 10_000;
const STALE_BEATS = 4;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export interface StreamReading {
  readonly open: boolean;
  /** When the last sample arrived, by this browser's clock; null before the first. */
  readonly receivedAtMs: number | null;
  readonly nowMs: number;
  readonly beatSeconds: number;
}

/** `stale`: the stream is open but silent for longer than a few beats; `lost`: it is not open. */
export function judgeConnection(input: StreamReading): ConnectionState {
  if (input.receivedAtMs === null) return 'connecting';
  if (!input.open) return 'lost';
  const limit = Math.max(STALE_AFTER_MS, STALE_BEATS * 1000 * input.beatSeconds);
  return input.nowMs - input.receivedAtMs > limit ? 'stale' : 'live';
}

/** Exponential from 1 s to 30 s, less up to half by chance, so that many pages do not return in one instant. */
export function chooseReconnectDelayMs(attempt: number, random: number): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10));
  return full * (1 - random / 2);
}

/** Below this the two clocks are taken as equal: the difference is the way over the wire, and counting stays smooth. */
const SAME_CLOCK_MS = 750;

/** The host's clock less this browser's, in ms: a countdown to an instant of the host must not trust the viewer's. */
export function estimateClockOffsetMs(status: WireStatus, receivedAtMs: number, previousMs: number): number {
  const dumpAt = parseInstant(status.sampling.lastDumpAt);
  const age = status.sampling.dumpAgeSeconds;
  if (dumpAt === null || age === null) return previousMs;
  const offset = dumpAt + age * 1000 - receivedAtMs;
  return Math.abs(offset - previousMs) < SAME_CLOCK_MS ? previousMs : offset;
}
