import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChangeStream } from '../../../daemon/api/change-stream.js';
import {
  createFrame,
  createGzipFile,
  encodeInParts,
  MAX_EVENT_BYTES,
  type Frame,
} from '../../../daemon/api/event-frames.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { createSampleReader, type StreamEvent } from '../../../dashboard/src/state/sample-reader.js';
import { randomSamples } from '../../builders/random-samples.js';
import { requireValue } from '../../builders/require-value.js';
import { cannedSample, cannedStatus } from '../../builders/wire-documents.js';
import { iso, NOW, wirePool } from '../../builders/wire-pool.js';

interface Event {
  readonly name: StreamEvent;
  readonly data: string;
}

/** The events of a frame as a browser reads them; each is checked to be within the limit. */
function eventsOf(frame: Frame | null): Event[] {
  const blocks = requireValue(frame).plain.toString().split('\n\n').slice(0, -1);
  return blocks.map((block) => {
    expect(Buffer.byteLength(block) + 2).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    const match = /^(?:id: \d+\n)?event: (part|sample|change)\ndata: ([^\r\n]*)$/.exec(block);
    return { name: match?.[1] as StreamEvent, data: match?.[2] ?? '' };
  });
}

/** A client that is given frames; the result is what the last event gave. */
function createClient() {
  const reader = createSampleReader();
  return (frame: Frame | null): WireSample | 'gap' | null => {
    let last: WireSample | 'gap' | null = null;
    for (const { name, data } of eventsOf(frame)) last = reader.read(name, data);
    return last;
  };
}

const sent = (sample: WireSample): WireSample => JSON.parse(JSON.stringify(sample)) as WireSample;
const sampleOf = (read: WireSample | 'gap' | null): WireSample | null =>
  read === null || read === 'gap' ? null : sent(read);

describe('a stream of changes', () => {
  it('gives exactly the samples, in events of at most 32 KB, whatever the host has', () => {
    fc.assert(
      fc.property(randomSamples(40, 6), (samples) => {
        const stream = createChangeStream();
        const client = createClient();
        for (const [index, sample] of samples.entries()) {
          const frame = stream.next({ id: index + 1, sample: () => sample });
          expect(sampleOf(client(frame))).toEqual(sent(sample));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('notices each lost event, and goes on after the stream is opened again', () => {
    const step = fc.tuple(fc.constantFrom('all', 'lost', 'reopened'), fc.nat(2));
    fc.assert(
      fc.property(randomSamples(8, 12), fc.array(step, { minLength: 12, maxLength: 12 }), (samples, steps) => {
        const stream = createChangeStream();
        let client = createClient();
        let inStep = true;
        for (const [index, sample] of samples.entries()) {
          const frame = stream.next({ id: index + 1, sample: () => sample });
          const what = steps[index]?.[0];
          if (what === 'reopened' || (!inStep && what === 'all')) {
            if (!inStep && index > 0) expect(client(frame)).toBe('gap');
            client = createClient();
            expect(sampleOf(client(stream.start()))).toEqual(sent(sample));
            inStep = true;
          } else if (what === 'lost') inStep = false;
          else expect(sampleOf(client(frame))).toEqual(sent(sample));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('of 500 pools that all change stays in events of 32 KB, and is small where little changes', () => {
    const host = (round: number, changing: number) => {
      const pools = Array.from({ length: 500 }, (_, index) =>
        wirePool({
          id: `connect_${'n'.repeat(200)}_${index}`,
          namespace: 'n'.repeat(200),
          used: index + (index < changing ? round : 0),
          why: `${index + (index < changing ? round : 0)} closes per second`,
          sampledAt: iso(NOW + 2000 * round),
        }),
      );
      const status = cannedStatus({ worst: pools.slice(0, 5) });
      return cannedSample({
        pools,
        status: { ...status, host: { ...status.host, sampledAt: iso(NOW + 2000 * round) } },
      });
    };
    const stream = createChangeStream();
    const client = createClient();
    expect(eventsOf(stream.next({ id: 1, sample: () => host(0, 0) })).length).toBeGreaterThan(1);
    client(stream.start());
    const all = stream.next({ id: 2, sample: () => host(1, 500) });
    expect(sampleOf(client(all))).toEqual(sent(host(1, 500)));
    stream.next({ id: 3, sample: () => host(1, 4) });
    const few = stream.next({ id: 4, sample: () => host(2, 4) });
    expect(few?.plain.length).toBeLessThan(1024);
  });

  it('sends a sample that no client followed in full to the next one', () => {
    const stream = createChangeStream();
    expect(stream.start()).toBeNull();
    expect(stream.skip({ id: 1, sample: cannedSample })).toBeNull();
    const later = cannedSample({ ports: [] });
    expect(eventsOf(stream.next({ id: 2, sample: () => later }))[0]?.name).toBe('sample');
    expect(sampleOf(createClient()(stream.start()))).toEqual(sent(later));
  });

  it('ignores what is no sample, and takes whole samples of a server that sends no changes', () => {
    const reader = createSampleReader();
    for (const text of ['', '{', 'null', '[]', '{"status":{}}', '{"seq":1,"packed":{}}']) {
      expect(reader.read('sample', text)).toBeNull();
    }
    expect(reader.read('change', '{"seq":2,"after":1,"change":null}')).toBe('gap');
    expect(sampleOf(reader.read('sample', JSON.stringify(cannedSample())))).toEqual(sent(cannedSample()));
  });
});

describe('the bytes of events', () => {
  it('are cut between characters', () => {
    fc.assert(
      fc.property(fc.constantFrom('a', 'é', '€', '😀'), fc.integer({ min: 1, max: 80_000 }), (character, count) => {
        const text = `${'x'.repeat(count % 4)}${character.repeat(count)}`;
        const events = eventsOf(createFrame(encodeInParts(7, 'change', text)));
        expect(JSON.parse(events.map(({ data }) => data).join(''))).toBe(text);
        expect(events.map(({ name }) => name).filter((name) => name !== 'part')).toEqual(['change']);
      }),
      { numRuns: 40 },
    );
  });

  it('are one gzip file for a client that began at any event', () => {
    const frames = ['a', 'bb'.repeat(9000), '', 'a'].map((text) => createFrame(Buffer.from(text)));
    for (const first of [0, 1, 3]) {
      const file = createGzipFile();
      const sentFrames = frames.slice(first);
      const bytes = Buffer.concat([file.head, ...sentFrames.map((frame) => file.add(frame)), file.end()]);
      expect(gunzipSync(bytes).toString()).toBe(sentFrames.map(({ plain }) => plain.toString()).join(''));
    }
  });
});
