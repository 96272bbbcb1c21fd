/**
 * The time by which stored things grow old. It is the wall clock, but a clock that jumps ahead is believed only once the
 * jump has lasted for a day of running time, over restarts too: a wrong clock would otherwise delete the whole history
 * within minutes. A clock that lags only delays a deletion, so it is believed at once.
 */
import type { Clock } from '../../contracts.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../units.js';
import type { StoreState } from '../records/store-state.js';

/** A clock that gains no more than this against the monotonic one is followed: it was corrected, or the daemon was restarted. */
const JUMP_MS = HOUR_MS;
/** For so long of running time a jump must last. The monotonic clock stands still while the host is suspended. */
const LASTING_MS = DAY_MS;
const SAVE_EVERY_MS = 10 * MINUTE_MS;

interface BelievedClock {
  /** To be called every few seconds. Never later than the wall clock. Raises what SQLite raises. */
  nowMs(): number;
}

/** @param findNewestMs the time of the newest sample, for a database that has no believed time yet; null when it has none. */
export function createBelievedClock(
  { clock, state }: { readonly clock: Clock; readonly state: StoreState },
  findNewestMs: () => number | null,
): BelievedClock {
  const stored = (name: Parameters<StoreState['read']>[0]): number | null => {
    const value = Number(state.read(name) ?? NaN);
    return Number.isFinite(value) ? value : null;
  };
  let believedMs = 0;
  /** Since it began to be ahead: the least by which the wall clock was ahead, and the time for which it has been observed. */
  let [leastAheadMs, observedMs] = [Infinity, 0];
  let lastMs = clock.monotonicMs();
  let savedMs: number | null = null;

  const advance = (elapsedMs: number): void => {
    believedMs += elapsedMs;
    const aheadMs = clock.wallMs() - believedMs;
    if (aheadMs <= JUMP_MS) {
      believedMs += aheadMs;
      [leastAheadMs, observedMs] = [Infinity, 0];
      return;
    }
    leastAheadMs = Math.min(leastAheadMs, aheadMs);
    observedMs += elapsedMs;
    if (observedMs < LASTING_MS) return;
    // Where the clock jumped again meanwhile, as on a host that is suspended every night, the rest begins a day of its own.
    believedMs += leastAheadMs;
    [leastAheadMs, observedMs] = [Infinity, 0];
  };
  const load = (): void => {
    believedMs = stored('believed_ms') ?? findNewestMs() ?? clock.wallMs();
    leastAheadMs = stored('least_ahead_ms') ?? Infinity;
    observedMs = stored('observed_ms') ?? 0;
  };
  const save = (): void => {
    state.write('believed_ms', String(Math.round(believedMs)));
    state.write('least_ahead_ms', String(Math.round(leastAheadMs)));
    state.write('observed_ms', String(Math.round(observedMs)));
  };
  return {
    nowMs() {
      const nowMs = clock.monotonicMs();
      // Not before it is first needed: a database that was begun anew may still be given the state of the one before.
      if (savedMs === null) load();
      advance(nowMs - lastMs);
      lastMs = nowMs;
      if (savedMs === null || nowMs - savedMs >= SAVE_EVERY_MS) {
        save();
        savedMs = nowMs;
      }
      return believedMs;
    },
  };
}
