/** Random draws that are the same for the same seed. */
import { seeded } from '../simulator/random.js';

export interface Draw {
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  normal(): number;
  /** A seed for another generator. */
  seed(): number;
}

export function createDraw(seed: number): Draw {
  const random = seeded(seed);
  return {
    between: (low, high) => low + (high - low) * random(),
    chance: (probability) => random() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
    seed: () => Math.floor(random() * 2 ** 31),
  };
}
