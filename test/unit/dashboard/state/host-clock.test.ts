import { describe, expect, it } from 'vitest';
import type { WireStatus } from '../../../../daemon/wire/status.js';
import { estimateClockOffsetMs } from '../../../../dashboard/src/state/host-clock.js';
import { cannedSample } from '../../../browser/canned-data.js';
import { iso, NOW } from '../../../builders/wire-pool.js';

function statusWith(lastDumpAt: string | null, dumpAgeSeconds: number | null): WireStatus {
  const { status } = cannedSample('steady', NOW, NOW);
  return { ...status, sampling: { ...status.sampling, lastDumpAt, dumpAgeSeconds } };
}

describe('estimateClockOffsetMs', () => {
  it.each([
    ['adds the age of the dump to its instant', statusWith(iso(NOW + 298_000), 2), 0, 300_000],
    ['takes a difference of 300 ms as transmission time', statusWith(iso(NOW - 2_300), 2), 0, 0],
    ['keeps the previous offset before the first dump', statusWith(null, null), 42, 42],
  ])('%s', (_, status, previousMs, expected) => {
    expect(estimateClockOffsetMs(status, NOW, previousMs)).toBe(expected);
  });
});
