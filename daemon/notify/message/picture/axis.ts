/** Where instants and numbers of ports lie in the picture. */
import { clamp, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../units.js';

export interface Axis {
  readonly x: (atMs: number) => number;
  readonly y: (ports: number) => number;
}

interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Room above the limit, as a share of it: a limit that has shrunk may leave more ports in use than it allows. */
const HEADROOM = 0.06;
const MOST_TICKS = 5;
const TICK_STEPS_MS = [
  ...[5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
];

/** Everything outside of the span or of the range is drawn at its edge. */
export function layAxis({ fromMs, toMs, limit, steps }: AxisInput, { left, right, top, bottom }: Plot): Axis {
  const spanMs = Math.max(1, toMs - fromMs);
  const mostUsed = steps.reduce((most, { live, timeWait }) => Math.max(most, (live ?? 0) + (timeWait ?? 0)), 0);
  const most = Math.max(1, limit, mostUsed) * (1 + HEADROOM);
  return {
    x: (atMs) => clamp(left + ((atMs - fromMs) / spanMs) * (right - left), left, right),
    y: (ports) => clamp(bottom - (ports / most) * (bottom - top), top, bottom),
  };
}

interface AxisInput {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  readonly steps: readonly { readonly live: number | null; readonly timeWait: number | null }[];
}

/** Round instants of the span, a handful of them. */
export function listTicks(fromMs: number, toMs: number): { readonly ticks: number[]; readonly hasSeconds: boolean } {
  const stepMs = TICK_STEPS_MS.find((step) => (toMs - fromMs) / step <= MOST_TICKS) ?? DAY_MS;
  const first = Math.ceil(fromMs / stepMs) * stepMs;
  const count = Math.max(0, Math.min(2 * MOST_TICKS, Math.floor((toMs - first) / stepMs) + 1));
  return { ticks: Array.from({ length: count }, (_, index) => first + index * stepMs), hasSeconds: stepMs < MINUTE_MS };
}
