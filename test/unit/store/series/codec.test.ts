/** The encoding of samples, roll-ups and tail rows, from bytes and decoded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PortcastError } from '../../../../daemon/errors.js';
import {
  packTail,
  readRollups,
  readSamples,
  readTail,
  SampleWriter,
  writeRollups,
  type Format,
  type TailEntry,
} from '../../../../daemon/store/series/codec.js';
import { addSample, createRollup, mergeRollup, type Rollup } from '../../../../daemon/store/series/rollup.js';
import { ByteReader, ByteWriter } from '../../../../daemon/store/series/varint.js';

const value = fc.oneof(
  fc.nat(3),
  fc.nat(70_000),
  fc.maxSafeNat().map((n) => Math.floor(n / 4)),
  fc.constant(NaN),
);
const instant = fc.integer({ min: -1e12, max: 4e12 });

describe('varint', () => {
  it('decodes every whole number as it was encoded', () => {
    const number = fc.oneof(fc.nat(200), fc.maxSafeNat(), fc.constantFrom(127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1));
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.integer({ min: -(2 ** 51), max: 2 ** 51 }))), (pairs) => {
        const out = new ByteWriter();
        for (const [unsigned, signed] of pairs) {
          out.unsigned(unsigned);
          out.signed(signed);
        }
        const input = new ByteReader(out.bytes());
        expect(pairs.map(() => [input.unsigned(), input.signed()])).toEqual(pairs);
        expect(input.done).toBe(true);
      }),
    );
  });

  it.each([
    ['that is cut short', [0x80]],
    ['that is too long', [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
  ])('refuses a number %s', (_, bytes) => {
    expect(() => new ByteReader(Uint8Array.from(bytes)).unsigned()).toThrow(/damaged/);
  });
});

describe('samples', () => {
  const format: Format = { columns: 4, totalFirst: false };
  it('are decoded as they were written, whatever the times and values', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(instant, fc.array(value, { minLength: 4, maxLength: 4 }))), (samples) => {
        const writer = new SampleWriter(format);
        for (const [atMs, values] of samples) writer.push(atMs, values);
        const decoded: [number, number[]][] = [];
        readSamples(writer.bytes(), format, (atMs, values) => decoded.push([atMs, [...values]]));
        expect(decoded).toEqual(samples);
      }),
    );
  });

  it('have their total computed instead of stored', () => {
    const writer = new SampleWriter({ columns: 3, totalFirst: true });
    writer.push(1000, [7, 3, 4]);
    writer.push(3000, [8, 4, 4]);
    const decoded: number[][] = [];
    readSamples(writer.bytes(), { columns: 3, totalFirst: true }, (atMs, values) => decoded.push([atMs, ...values]));
    expect(decoded).toEqual([
      [1000, 7, 3, 4],
      [3000, 8, 4, 4],
    ]);
  });

  it('of arbitrary bytes are decoded or refused with an error of portcast, without hanging', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readSamples(bytes, format, () => undefined);
          readRollups(bytes, { columns: 4, stepMs: 60_000 }, () => undefined);
          readTail(bytes, () => undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(PortcastError);
        }
      }),
    );
  });
});

describe('roll-ups', () => {
  const small = fc.oneof(fc.nat(5), fc.nat(30_000), fc.constant(NaN));
  const minute = fc.record({
    start: fc.integer({ min: -1000, max: 50_000_000 }),
    samples: fc.array(fc.array(small, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 40 }),
  });
  const build = ({ start, samples }: { start: number; samples: number[][] }): Rollup => {
    const rollup = createRollup(3, start * 60_000);
    for (const values of samples) addSample(rollup, values);
    return rollup;
  };

  it('are decoded as they were written', () => {
    fc.assert(
      fc.property(fc.array(minute, { maxLength: 20 }), (minutes) => {
        const rollups = minutes.map(build);
        const decoded: Rollup[] = [];
        readRollups(writeRollups(rollups, 3, 60_000), { columns: 3, stepMs: 60_000 }, (rollup) => decoded.push(rollup));
        expect(decoded).toEqual(rollups);
      }),
    );
  });

  it('merge to the same as one pass over all samples, wherever the samples were split', () => {
    fc.assert(
      fc.property(minute, fc.nat(40), ({ start, samples }, cut) => {
        const merged = build({ start, samples: samples.slice(0, cut) });
        mergeRollup(merged, build({ start, samples: samples.slice(cut) }));
        expect(merged).toEqual(build({ start, samples }));
      }),
    );
  });
});

describe('a tail row', () => {
  it('holds every block by itself', () => {
    const entry = fc.record({ seriesId: fc.nat(1e9), kind: fc.nat(2), bytes: fc.uint8Array({ maxLength: 300 }) });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const decoded: TailEntry[] = [];
        readTail(packTail(entries), (entry) => decoded.push({ ...entry, bytes: entry.bytes.slice() }));
        expect(decoded).toEqual(entries);
      }),
    );
  });
});
