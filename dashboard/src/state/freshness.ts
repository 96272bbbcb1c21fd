/** Every limit of the dashboard on the age of what it shows: samples, gaps between samples, time without an event of the stream. */
import { SECOND_MS } from '../../../daemon/units.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import { parseInstant } from '../words/format.js';

/** The daemon sends one event per beat. This many missing in a row make the stream stale. */
const STALE_BEATS = 4;
/** With a fast beat, a few late events do not make the stream stale. */
const MIN_STALE_MS = 10 * SECOND_MS;
/** A stream that is open without an event for this long is replaced: the computer of the browser slept, or a proxy hangs. */
const MIN_DEAD_MS = 45 * SECOND_MS;
/** A restart of the daemon takes less time. The header shows the lost connection at once. */
export const PATIENCE_MS = 5 * SECOND_MS;

/** What the age of a sample is judged by. */
export interface HostTime {
  /** The clock of the host. */
  readonly nowMs: number;
  /** 0 while no sample comes: every sample is then out of date. */
  readonly maxSampleAgeMs: number;
}

/**
 * How old a sample may be. Two samples further apart have a gap between them. Until the first status arrives every sample
 * is out of date.
 */
export function readMaxSampleAgeMs(status: WireStatus | null): number {
  return status === null ? 0 : status.sampling.maxSampleAgeSeconds * SECOND_MS;
}

/** Whether a sample of that instant (ISO 8601) is too old to describe the present. False where it is no instant. */
export function isOutOfDate(sampledAt: string, { nowMs, maxSampleAgeMs }: HostTime): boolean {
  return nowMs - (parseInstant(sampledAt) ?? nowMs) > maxSampleAgeMs;
}

export type ConnectionState = 'connecting' | 'live' | 'stale' | 'lost';

interface StreamReading {
  readonly open: boolean;
  /** When the last sample arrived, by the clock of the browser; null before the first. */
  readonly receivedAtMs: number | null;
  readonly nowMs: number;
  readonly beatSeconds: number;
}

/** `connecting` before the first sample, `stale` while the stream is open without an event for several beats, `lost` while it is closed. */
export function judgeConnection({ open, receivedAtMs, nowMs, beatSeconds }: StreamReading): ConnectionState {
  if (receivedAtMs === null) return 'connecting';
  if (!open) return 'lost';
  return nowMs - receivedAtMs > staleAfterMs(beatSeconds) ? 'stale' : 'live';
}

/** Whether no sample comes any more, so that what the page shows is the past. `eventAgeMs` is null before the first sample. */
export function isSilent(state: ConnectionState, eventAgeMs: number | null): boolean {
  return (state === 'lost' || state === 'stale') && eventAgeMs !== null && eventAgeMs >= PATIENCE_MS;
}

/** The silence after which a stream is replaced. It is never shorter than the one that makes it stale. */
export function deadAfterMs(beatSeconds: number): number {
  return Math.max(MIN_DEAD_MS, staleAfterMs(beatSeconds));
}

function staleAfterMs(beatSeconds: number): number {
  return Math.max(MIN_STALE_MS, STALE_BEATS * beatSeconds * SECOND_MS);
}
