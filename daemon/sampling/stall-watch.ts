/** Notices that no cycle ends any more: a read that never returns stalls the schedule, and then no rule is evaluated. */
import type { Clock, HealthSink } from '../contracts.js';
import { formatDuration, SECOND_MS } from '../units.js';

/** Longer than the source may take to answer before its worker is replaced. */
const LEAST_STALL_MS = 30 * SECOND_MS;
const STALL_BEATS = 5;

interface StallOptions {
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly beatMs: number;
}

interface StallWatch {
  /** To be called when a cycle has ended. */
  ended(): void;
  /** To be called about once a second, by a timer of its own. @returns whether no cycle has ended for long */
  check(): boolean;
}

export function createStallWatch({ clock, health, beatMs }: StallOptions): StallWatch {
  const limitMs = Math.max(LEAST_STALL_MS, STALL_BEATS * beatMs);
  let endedMs = clock.monotonicMs();
  let checkedMs = endedMs;
  return {
    ended() {
      endedMs = clock.monotonicMs();
      health.report('stall', null);
    },
    check() {
      const nowMs = clock.monotonicMs();
      // The timer itself did not run: the process was stopped, and the schedule goes on with it.
      if (nowMs - checkedMs > limitMs / 2) endedMs = nowMs;
      checkedMs = nowMs;
      const lastedMs = nowMs - endedMs;
      if (lastedMs < limitMs) return false;
      health.report('stall', `no beat has ended for ${formatDuration(lastedMs)}: a read of the host does not return`);
      return true;
    },
  };
}
