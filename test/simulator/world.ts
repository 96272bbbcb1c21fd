import type { Granularity, HostLimits } from '../../daemon/pool/limits.js';
export { limitsOf, MONOTONIC_START, SERVER, WALL_START } from '../forecast/simulator.js';
export type ArrivalKind =
  | { readonly kind: 'paced' }
  | { readonly kind: 'poisson' }
  | { readonly kind: 'clusters'; readonly size: number; readonly spreadS: number }
  | { readonly kind: 'modulated'; readonly sd: number; readonly correlationS: number };
export interface RateLeg {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}
export interface Stream {
  readonly to: readonly { readonly local: string; readonly remote: string; readonly port: number }[];
  readonly rate: { readonly legs: readonly RateLeg[] };
  readonly fate: 'time_wait' | 'kept';
  readonly arrivals: ArrivalKind;
  readonly seed: number;
}
export interface World {
  readonly limits: HostLimits;
  readonly changes: readonly { readonly atMs: number; readonly limits: HostLimits }[];
  readonly granularity: Granularity;
  readonly streams: readonly Stream[];
}
