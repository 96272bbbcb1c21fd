/** Files that are no valid recording, and the error for each. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostReading, TableReading } from '../../../../daemon/contracts.js';
import { UNKNOWN_GRANULARITY } from '../../../../daemon/host/release-granularity.js';
import { assumeLimits } from '../../../../daemon/source/other/assumed-limits.js';
import { NO_COUNTERS } from '../../../../daemon/host/counters.js';
import { STATE } from '../../../../daemon/snapshot/snapshot.js';
import { openRecording } from '../../../../daemon/source/recording/recording.js';
import { listener, snapshotOf } from '../../../builders/socket-rows.js';

const HEADER = '{"format":"portcast-recording","version":1,"host":null,"anonymized":true}';
const HOST: HostReading = {
  limits: assumeLimits('linux'),
  counters: { ...NO_COUNTERS, takenAtMs: 1000, monotonicMs: 500 },
  granularity: UNKNOWN_GRANULARITY,
};
const TABLE: TableReading = {
  snapshot: snapshotOf([
    listener(8080),
    { local: '192.0.2.1', localPort: 40_000, remote: '192.0.2.2', remotePort: 443, state: 'TIME_WAIT' },
  ]),
  source: { name: 'procfs', why: 'asked for' },
  costMs: 1.5,
};

interface SampleLine {
  host: { limits?: Record<string, unknown>; counters?: Record<string, unknown> };
  table: {
    snapshot: { outbound: { localAddress: string[] }; outboundRows: { state: number[]; retransmits?: number[] } };
  };
}

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-format-'));
  file = join(folder, 'table.rec');
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (...lines: string[]): void => writeFileSync(file, gzipSync(`${lines.join('\n')}\n`));
/** Writes a header and a sample, after the change. */
const writeSample = (change: (sample: SampleLine) => void): void => {
  const toArrays = (_key: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value;
  const sample = JSON.parse(JSON.stringify({ host: HOST, table: TABLE }, toArrays)) as SampleLine;
  change(sample);
  write(HEADER, JSON.stringify(sample));
};
const countSamples = async (): Promise<number> => {
  let samples = 0;
  for await (const sample of openRecording(file)) samples += sample.table === null ? 0 : 1;
  return samples;
};

describe('the format of recordings', () => {
  it('is that of these tests', async () => {
    writeSample(() => undefined);
    expect(await countSamples()).toBe(1);
  });

  it('reads a recording that was made before retransmissions were recorded', async () => {
    writeSample((sample) => delete sample.table.snapshot.outboundRows.retransmits);
    const retransmits: (Uint8Array | undefined)[] = [];
    for await (const { table } of openRecording(file)) retransmits.push(table?.snapshot.outboundRows.retransmits);
    expect(retransmits).toEqual([Uint8Array.of(0)]);
  });

  it('reads a recording that was made before the retries were recorded', async () => {
    writeSample((sample) => {
      for (const name of ['synRetries', 'synLinearTimeouts', 'orphanRetries']) delete sample.host.limits?.[name];
    });
    const limits: unknown[] = [];
    for await (const { host } of openRecording(file)) limits.push(host.limits);
    expect(limits).toEqual([HOST.limits]);
  });

  it('takes no count from a number that an earlier version recorded and that is none', async () => {
    writeSample(({ host }) => {
      Object.assign(host.counters ?? {}, { currEstab: 18_446_744_073_709_540_830, orphan: -3, timeWait: 7 });
      Object.assign(host.limits ?? {}, { maxTwBuckets: -1, finTimeoutMs: -5000 });
    });
    for await (const { host } of openRecording(file)) {
      expect(host.counters).toEqual({ ...HOST.counters, currEstab: null, orphan: null, timeWait: 7 });
      expect(host.limits).toEqual({ ...HOST.limits, maxTwBuckets: null, finTimeoutMs: 0 });
    }
    expect.assertions(2);
  });

  it('merges reserved ranges', async () => {
    writeSample((sample) => {
      Object.assign(sample.host.limits ?? {}, { reservedPorts: new Array(30_000).fill({ first: 5, last: 9 }) });
    });
    for await (const { host } of openRecording(file))
      expect(host.limits.reservedPorts).toEqual([{ first: 5, last: 9 }]);
    expect.assertions(1);
  });

  it.each([
    ['TIME_WAIT', STATE.TIME_WAIT, 0],
    ['FIN_WAIT2', STATE.FIN_WAIT2, 3],
  ])('limits the timer of a mini-socket in %s to those that a kernel has', async (_name, state, timer) => {
    writeSample(({ table }) => {
      Object.assign(table.snapshot.outboundRows, { state: [state], timer: [timer], expiresMs: [2_147_483_647] });
    });
    for await (const { table } of openRecording(file)) {
      expect(table?.snapshot.outboundRows.expiresMs).toEqual(Int32Array.of(600_000));
    }
    expect.assertions(1);
  });

  it('reads a line of 30 MB, whose time does not grow with the square of its length', async () => {
    write(HEADER, JSON.stringify({ host: HOST, table: null, unknown: 'a'.repeat(30e6) }));
    for await (const { host } of openRecording(file)) expect(host.counters.takenAtMs).toBe(1000);
    expect.assertions(1);
  });

  it.each<[string, () => void, RegExp]>([
    [
      'of another version',
      () => write(HEADER.replace(':1,', ':2,')),
      /:1: a recording of version 2; this portcast reads version 1/,
    ],
    ['of another kind', () => write('{"a":1}'), /:1: format: found nothing; allowed "portcast-recording"/],
    ['that is no JSON', () => write(HEADER, 'oops'), /:2: not JSON .*begins with "oops"/],
    [
      'without limits',
      () => writeSample((sample) => void (sample.host = {})),
      /:2: host\.limits: found nothing; allowed a value of type object/,
    ],
    [
      'with columns of different length',
      () => writeSample((sample) => sample.table.snapshot.outboundRows.state.pop()),
      /outboundRows: found columns of 0, 1, 1, 1 entries; allowed 1 entries in each of these columns/,
    ],
    [
      'with a count of retransmissions that no kernel has',
      () => writeSample((sample) => (sample.table.snapshot.outboundRows.retransmits = [256])),
      /outboundRows\.retransmits\.0: found 256; allowed a whole number from 0 to 255/,
    ],
    [
      'with an address that is none',
      () => writeSample((sample) => (sample.table.snapshot.outbound.localAddress[0] = 'x')),
      /:2: table\.snapshot\.outbound\.localAddress\.0: found "x"; allowed an IPv4 or IPv6 address/,
    ],
    [
      'with a state that no kernel has',
      () => writeSample((sample) => (sample.table.snapshot.outboundRows.state[0] = 14)),
      /outboundRows\.state\.0: found 14; allowed a whole number from 1 to 13/,
    ],
    [
      'with an instant that no clock shows',
      () => writeSample(({ host }) => void (host.counters = { ...HOST.counters, takenAtMs: 1e308 })),
      /counters\.takenAtMs: found 1e\+308; allowed at most 253402300799999/,
    ],
    [
      'with a release step of nothing',
      () =>
        writeSample(
          (sample) => void Object.assign(sample.host, { granularity: { ...UNKNOWN_GRANULARITY, timeWaitMs: 1e-6 } }),
        ),
      /granularity\.timeWaitMs: found 0\.000001; allowed at least 10/,
    ],
    [
      'with a release step that is far too fine',
      () =>
        writeSample((sample) => {
          Object.assign(sample.host.limits ?? {}, { timeWaitMs: 3_600_000 });
          Object.assign(sample.host, { granularity: { ...UNKNOWN_GRANULARITY, timeWaitMs: 10 } });
        }),
      /granularity\.timeWaitMs: found 10; allowed at least limits\.timeWaitMs \/ 1000, which is 3600/,
    ],
    [
      'with a TIME_WAIT that no system has',
      () =>
        writeSample((sample) => void Object.assign(sample.host.limits ?? {}, { timeWaitMs: Number.MAX_SAFE_INTEGER })),
      /limits\.timeWaitMs: found 9007199254740991; allowed at most 3600000/,
    ],
    [
      'with more reserved ranges than there are ports',
      () =>
        writeSample(
          (sample) =>
            void Object.assign(sample.host.limits ?? {}, {
              reservedPorts: new Array(40_000).fill({ first: 0, last: 1 }),
            }),
        ),
      /reservedPorts: found a list of 40000 entries; allowed at most 32768 entries/,
    ],
    [
      'with more failed connects than a sample has',
      () => writeSample((sample) => void Object.assign(sample, { failures: new Array(20_001).fill({}) })),
      /failures: found a list of 20001 entries; allowed at most 20000 entries/,
    ],
    [
      'with a column that is no list',
      () => writeSample((sample) => void Object.assign(sample.table.snapshot.outboundRows, { localPort: 'x' })),
      /localPort: found "x"; allowed a list of numbers/,
    ],
    [
      'with more rows than a table may have',
      () =>
        writeSample((sample) => (sample.table.snapshot.outboundRows.state = new Array(1_000_001).fill(1) as number[])),
      /outboundRows\.state: found a list of 1000001 entries; allowed at most 1000000 entries/,
    ],
    [
      'with a line of 33 MiB',
      () => write(HEADER, `"${'a'.repeat(33 * 1024 ** 2)}"`),
      /:2: cannot be read: the line is longer than the 32 MiB/,
    ],
    [
      'with a line that does not end',
      () =>
        writeFileSync(
          file,
          Buffer.concat([
            gzipSync(`${HEADER}\n`),
            ...new Array<Buffer>(40).fill(gzipSync(Buffer.alloc(1024 ** 2, 'a'))),
          ]),
        ),
      /:2: cannot be read: the line is longer/,
    ],
    ['with an empty line', () => write(HEADER, ''), /:2: not JSON/],
    ['that is not gzip', () => writeFileSync(file, 'plain text'), /:1: cannot be read: incorrect header check/],
    ['that is empty', () => writeFileSync(file, ''), /the file is empty/],
    ['that does not exist', () => undefined, /ENOENT/],
  ])('refuses a file %s, and names the line', async (_name, prepare, message) => {
    prepare();
    await expect(countSamples()).rejects.toThrow(message);
    await expect(countSamples()).rejects.toMatchObject({ code: 'RECORDING_INVALID' });
  });
});
