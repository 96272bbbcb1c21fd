/** The kernel's timer wheel: the steps in which the timers of mini-sockets expire (kernel rules 12 and 15). */
import type { Granularity } from '../../../daemon/host/release-granularity.js';
import { MONOTONIC_START } from './world.js';

/**
 * LVL_SIZE and LVL_CLK_SHIFT of kernel/time/timer.c: 64 slots per level, each level 8 times as coarse as the one below.
 */
const SLOTS = 64;
const COARSER = 8;
const TOP_LEVEL = 8;

export interface Wheel {
  /** The jiffy of an instant. */
  tickAt(ms: number): number;
  /** The jiffy at which a timer of `durationMs` that was started at an instant expires. */
  expiryTick(ms: number, durationMs: number): number;
  /** The instant at which a timer of this length and expiry is executed. */
  releaseAt(expiryTick: number, durationMs: number): number;
  /** The whole ms between two jiffies. */
  msOf(ticks: number): number;
}

/**
 * The instant at which a timer in slots of `stepMs` is executed: `(floor(expiry / g) + 1) x g`, in ms after the start.
 */
export function releaseInstant(expiresAt: number, stepMs: number, phaseMs: number): number {
  const absolute = MONOTONIC_START + expiresAt - phaseMs;
  return (Math.floor(absolute / stepMs) + 1) * stepMs + phaseMs - MONOTONIC_START;
}

/** The granularity, in ticks, of a timer this many ticks ahead: level n begins at 63 x 8^(n-1) ticks (LVL_START). */
function slotTicks(ticks: number): number {
  let width = 1;
  for (let level = 0; level < TOP_LEVEL && ticks >= (SLOTS - 1) * width; level += 1) width *= COARSER;
  return width;
}

/** The wheel of a kernel. Jiffies are counted from `phaseMs`, where every level has a boundary. */
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
