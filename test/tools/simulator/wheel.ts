/** The kernel's timer wheel: in which steps, and when, the timers of timed mini-sockets go off (kernel rules 12 and 15). */
import type { Granularity } from '../../../daemon/host/release-granularity.js';
import { MONOTONIC_START } from './world.js';

/** LVL_SIZE and LVL_CLK_SHIFT of kernel/time/timer.c: 64 slots a level, each level 8 times as coarse. */
const SLOTS = 64;
const COARSER = 8;
const TOP_LEVEL = 8;

export interface Wheel {
  /** The jiffy an instant falls in. */
  tickAt(ms: number): number;
  /** The jiffy at which a timer of `durationMs` started at an instant expires. */
  expiryTick(ms: number, durationMs: number): number;
  /** The instant at which a timer of this length with this expiry is worked off. */
  releaseAt(expiryTick: number, durationMs: number): number;
  /** Whole ms between two jiffies. */
  msOf(ticks: number): number;
}

/** When a timer is let go whose slots are `stepMs` wide: `(floor(expiry / g) + 1) x g`. In ms after the start. */
export function releaseInstant(expiresAt: number, stepMs: number, phaseMs: number): number {
  const absolute = MONOTONIC_START + expiresAt - phaseMs;
  return (Math.floor(absolute / stepMs) + 1) * stepMs + phaseMs - MONOTONIC_START;
}

/** Ticks by which a timer so many ticks away is rounded: level n begins at 63 x 8^(n-1) ticks (LVL_START). */
function slotTicks(ticks: number): number {
  let width = 1;
  for (let level = 0; level < TOP_LEVEL && ticks >= (SLOTS - 1) * width; level += 1) width *= COARSER;
  return width;
}

/** The wheel of a kernel: jiffies are counted from `phaseMs`, so every level has a boundary there. */
export function createWheel({ hz, phaseMs }: Granularity): Wheel {
  const ticksPerMs = (hz ?? 250) / 1000;
  const offset = MONOTONIC_START - (phaseMs ?? 0);
  const tickAt = (ms: number): number => Math.floor((ms + offset) * ticksPerMs + 1e-9);
  const ticksOf = (durationMs: number): number => Math.ceil(durationMs * ticksPerMs - 1e-9);
  return {
    tickAt,
    expiryTick: (ms, durationMs) => tickAt(ms) + ticksOf(durationMs),
    releaseAt(expiryTick, durationMs) {
      const width = slotTicks(ticksOf(durationMs));
      return ((Math.floor(expiryTick / width) + 1) * width) / ticksPerMs - offset;
    },
    msOf: (ticks) => Math.floor(ticks / ticksPerMs + 1e-9),
  };
}
