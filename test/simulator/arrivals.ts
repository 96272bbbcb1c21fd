import { seeded } from './random.js';
import type { ArrivalKind, RateLeg, Stream } from './world.js';
export function longRunPhi(kind: ArrivalKind, rate: number): number {
  if (kind.kind === 'paced') return 0.02;
  if (kind.kind === 'poisson') return 1;
  if (kind.kind === 'clusters') return 2 * kind.size - 1;
  return 1 + rate * kind.sd ** 2 * 2 * kind.correlationS;
}
function rateAt(legs: readonly RateLeg[], ms: number, endMs: number): number {
  let i = legs.length - 1;
  while (i > 0 && (legs[i]?.atMs ?? 0) > ms) i -= 1;
  const leg = legs[i];
  if (leg === undefined || leg.atMs > ms) return 0;
  const until = legs[i + 1]?.atMs ?? endMs;
  return leg.from + ((leg.to - leg.from) * (ms - leg.atMs)) / Math.max(1, until - leg.atMs);
}
/** All arrivals of a stream up to endMs, ascending, in 100 ms steps of the intensity. */
export function arrivalsOf(stream: Stream, endMs: number): Float64Array {
  const random = seeded(stream.seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const out: number[] = [];
  const { arrivals: kind } = stream;
  const stepMs = 50;
  let need = kind.kind === 'paced' ? 1 : -Math.log(1 - random());
  let ou = normal();
  for (let at = 0; at < endMs; at += stepMs) {
    let rate = rateAt(stream.rate.legs, at + stepMs / 2, endMs);
    if (kind.kind === 'clusters') rate /= kind.size;
    if (kind.kind === 'modulated') {
      const a = Math.exp(-stepMs / 1000 / kind.correlationS);
      ou = a * ou + Math.sqrt(1 - a * a) * normal();
      const s = Math.sqrt(Math.log(1 + kind.sd ** 2));
      rate *= Math.exp(s * ou - (s * s) / 2);
    }
    const mass = (rate * stepMs) / 1000;
    let used = 0;
    while (need <= mass - used) {
      used += need;
      const when = at + (used / mass) * stepMs;
      need = kind.kind === 'paced' ? 1 : -Math.log(1 - random());
      if (kind.kind !== 'clusters') {
        out.push(when);
        continue;
      }
      // Geometric with mean `size`.
      let n = 1;
      while (random() > 1 / kind.size) n += 1;
      for (let i = 0; i < n; i += 1) out.push(when - 1000 * kind.spreadS * Math.log(1 - random()));
    }
    need -= mass - used;
  }
  const all = Float64Array.from(out);
  if (kind.kind === 'clusters') all.sort();
  return all;
}
