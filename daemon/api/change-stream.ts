/** The samples as a sequence of changes, the same for every client that asks for changes. */
import {
  diffPacked,
  packSample,
  type PackedSample,
  type WireStreamChange,
  type WireStreamStart,
} from '../wire/packed-sample.js';
import type { WireSample } from '../wire/sample.js';
import { createFrame, encodeInParts, type Frame } from './event-frames.js';

/** One sample. Its document is built when it is first needed. */
export interface LazySample {
  readonly id: number;
  sample(): WireSample;
}

interface ChangeStream {
  /** A sample that no client follows: the next client begins with it. */
  skip(latest: LazySample): null;
  /** A sample that clients follow. The frame is the change from the one before. */
  next(latest: LazySample): Frame | null;
  /** The latest sample in full, for a client that begins; null before the first. */
  start(): Frame | null;
}

interface Latest extends LazySample {
  packed: PackedSample | null;
  start: Frame | null;
}

export function createChangeStream(): ChangeStream {
  let latest: Latest | null = null;

  const start = (): Frame | null => {
    if (latest === null) return null;
    latest.packed ??= packSample(latest.sample(), null);
    const document: WireStreamStart = { seq: latest.id, packed: latest.packed };
    return (latest.start ??= createFrame(encodeInParts(latest.id, 'sample', document)));
  };

  return {
    start,
    skip(next) {
      latest = { ...next, packed: null, start: null };
      return null;
    },
    next(next) {
      const before = latest;
      const packed = packSample(next.sample(), before?.packed ?? null);
      latest = { ...next, packed, start: null };
      if (before?.packed == null) return start();
      const change = diffPacked(before.packed, packed);
      const document: WireStreamChange = { seq: next.id, after: before.id, change };
      return createFrame(encodeInParts(next.id, 'change', document));
    },
  };
}
