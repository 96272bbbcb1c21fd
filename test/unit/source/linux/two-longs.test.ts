import { expect, it } from 'vitest';
import { createTwoLongs } from '../../../../daemon/source/linux/two-longs.js';

it.each([
  ['x64', 16],
  ['arm64', 16],
  ['ppc64', 16],
  ['ia32', 8],
  ['arm', 8],
])('two longs of %s take %i bytes, and both keep their values', (arch, bytes) => {
  const longs = createTwoLongs(arch, 2, 500_000);
  expect(longs.byteLength).toBe(bytes);
  expect([...longs].map(Number)).toEqual([2, 500_000]);
});
