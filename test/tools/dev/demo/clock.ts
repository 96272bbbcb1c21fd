/** The clock of a demo: it is moved through the past by hand, and then runs with the real time. */
import type { Clock } from '../../../../daemon/contracts.js';
import { MONOTONIC_START } from '../../simulator/world.js';

export interface DemoClock extends Clock {
  /** Epoch ms at the start of the simulation. */
  readonly startMs: number;
  /** Time since the start of the simulation. */
  simulatedMs(): number;
  /** How far the clock is behind the real time. */
  behindMs(): number;
  advance(ms: number): void;
  /** Moves it to the real time; from now on it runs by itself. */
  run(): void;
}

/**
 * The monotonic clock is that of the simulator, so that the instants in the socket table fit it.
 * @param pastMs how long before the real time the simulation begins
 * @param realMs the real time, epoch ms
 */
export function createDemoClock(pastMs: number, realMs: () => number = Date.now): DemoClock {
  const startMs = realMs() - pastMs;
  let movedMs = 0;
  let ranSinceMs: number | null = null;
  const simulatedMs = (): number => movedMs + (ranSinceMs === null ? 0 : realMs() - ranSinceMs);
  const wallMs = (): number => startMs + simulatedMs();
  return {
    startMs,
    simulatedMs,
    wallMs,
    monotonicMs: () => MONOTONIC_START + simulatedMs(),
    // The forecasts of a past that is played fast would count as dumps that take long.
    cpuMs: () => 0,
    behindMs: () => realMs() - wallMs(),
    advance(ms) {
      movedMs += ms;
    },
    run() {
      const nowMs = realMs();
      movedMs = nowMs - startMs;
      ranSinceMs = nowMs;
    },
  };
}
