import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostReading, TableReading } from '../../../../daemon/contracts.js';
import { UNKNOWN_GRANULARITY } from '../../../../daemon/host/release-granularity.js';
import type { FailedConnect } from '../../../../daemon/pool/failed-connect.js';
import { formatAddress } from '../../../../daemon/host/ip-address.js';
import { createAnonymizer } from '../../../../daemon/source/recording/anonymize.js';
import { NO_COUNTERS } from '../../../../daemon/source/other/other-host.js';
import { assumeLimits } from '../../../../daemon/source/other/assumed-limits.js';
import { createRecorder } from '../../../../daemon/source/recording/recorder.js';
import { openRecording } from '../../../../daemon/source/recording/recording.js';
import type { RecordedSample } from '../../../../daemon/source/recording/recording-format.js';
import { listener, snapshotOf, type Row } from '../../../builders/socket-rows.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-recording-'));
  file = join(folder, 'table.rec');
});
afterEach(() => rmSync(folder, { recursive: true }));

const reading = (takenAtMs: number): HostReading => ({
  limits: assumeLimits('linux'),
  counters: { ...NO_COUNTERS, takenAtMs, monotonicMs: takenAtMs / 2, timeWait: 3 },
  granularity: UNKNOWN_GRANULARITY,
});
const row = (change: Partial<Row>): Row => ({
  local: '192.0.2.1',
  localPort: 40_000,
  remote: '192.0.2.2',
  remotePort: 443,
  state: 'TIME_WAIT',
  timer: 3,
  expiresMs: 12_345,
  ...change,
});
const table: TableReading = {
  snapshot: snapshotOf([
    listener(8080),
    row({}),
    row({ localPort: 40_001, local: '127.0.0.1', remote: '127.0.0.1' }),
    row({ localPort: 40_002, local: '2001:db8::1', remote: '2001:db8::2', expiresMs: -1 }),
    row({ localPort: 8080, remotePort: 1, state: 'ESTABLISHED' }),
  ]),
  source: { name: 'procfs', why: 'asked for' },
  costMs: 1.5,
};

function record(samples: number, anonymize = false): void {
  const recorder = createRecorder({ file, anonymize, hostName: 'secret-host' });
  for (let index = 0; index < samples; index++) recorder.write(reading(1000 + index), index % 2 === 0 ? table : null);
  recorder.close();
}
async function samplesOf(name: string): Promise<{ samples: RecordedSample[]; truncated: boolean }> {
  const recording = openRecording(name);
  const samples: RecordedSample[] = [];
  for await (const sample of recording) samples.push(sample);
  return { samples, truncated: recording.truncated() };
}

describe('recording', () => {
  it('gives back what was written', async () => {
    record(3);
    const { samples, truncated } = await samplesOf(file);
    expect(samples.map(({ host }) => host)).toEqual([1000, 1001, 1002].map(reading));
    const source = { name: 'recording', why: 'recorded from procfs: asked for' };
    expect(samples.map((sample) => sample.table)).toEqual([{ ...table, source }, null, { ...table, source }]);
    expect(samples[0]?.table?.snapshot.outboundRows.expiresMs).toBeInstanceOf(Int32Array);
    expect(truncated).toBe(false);
    expect(await openRecording(file).header()).toMatchObject({ version: 1, host: 'secret-host', anonymized: false });
  });

  it('is a source: the host steps on, the table belongs to that step', async () => {
    record(2);
    const recording = openRecording(file);
    await expect(recording.readTable()).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    expect((await recording.readHost()).counters.takenAtMs).toBe(1000);
    expect((await recording.readTable()).snapshot.rows).toBe(5);
    expect((await recording.readHost()).counters.takenAtMs).toBe(1001);
    await expect(recording.readTable()).rejects.toThrow(/holds no table/);
    await expect(recording.readHost()).rejects.toThrow(/has ended/);
    await recording.close();
  });

  it('is for its owner only, plain gzip, and overwrites nothing', () => {
    record(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual([
      ['format', 'version', 'host', 'anonymized'],
      ['host', 'table'],
    ]);
    const again = (): unknown => createRecorder({ file, anonymize: false, hostName: 'h' });
    expect(again).toThrow(
      expect.objectContaining({ code: 'STORE_IO', message: expect.stringContaining(`${file}: exists`) as string }),
    );
  });

  it('loses only its tail when cut off anywhere', async () => {
    record(4);
    const { size } = statSync(file);
    const whole = (await samplesOf(file)).samples;
    const counts: number[] = [];
    for (let length = size - 1; length > size / 2; length -= 7) {
      truncateSync(file, length);
      const { samples } = await samplesOf(file);
      expect(samples).toEqual(whole.slice(0, samples.length));
      counts.push(samples.length);
    }
    expect(Math.max(...counts)).toBeGreaterThanOrEqual(3);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
  });

  const failed: FailedConnect = {
    atMs: 1000,
    kind: 'connect',
    localAddress: null,
    remoteAddress: '192.0.2.2',
    remotePort: 443,
    pid: 4711,
    name: 'secret-client',
  };
  it('keeps failed connects where they are watched, and knows where they are not', async () => {
    const recorder = createRecorder({ file, anonymize: false, hostName: 'h' });
    recorder.write(reading(1000), table, [failed]);
    recorder.write(reading(1001), null, []);
    recorder.write(reading(1002), table, null);
    recorder.close();
    expect((await samplesOf(file)).samples.map(({ failures }) => failures)).toEqual([[failed], [], null]);
  });

  it('anonymizes failed connects as it does the tables', async () => {
    const recorder = createRecorder({ file, anonymize: true, hostName: 'h' });
    recorder.write(reading(1000), table, [failed]);
    recorder.close();
    expect(gunzipSync(readFileSync(file)).toString()).not.toMatch(/192\.0\.2|secret-client|4711/);
    const [sample] = (await samplesOf(file)).samples;
    const remotes = sample?.table?.snapshot.outbound.remoteAddress;
    expect(remotes).toContain(sample?.failures?.[0]?.remoteAddress);
  });

  const write = (...lines: string[]): void => writeFileSync(file, gzipSync(`${lines.join('\n')}\n`));
  const header = '{"format":"portcast-recording","version":1,"host":null,"anonymized":true}';
  const line = (change: (value: { host: object; table: TableReading }) => void): string => {
    record(1);
    const [, text = ''] = gunzipSync(readFileSync(file)).toString().split('\n');
    rmSync(file);
    const value = JSON.parse(text) as { host: object; table: TableReading };
    change(value);
    return JSON.stringify(value);
  };
  it.each<[string, () => void, RegExp]>([
    [
      'of another version',
      () => write(header.replace(':1,', ':2,')),
      /:1: a recording of version 2; this portcast reads version 1/,
    ],
    ['of another kind', () => write('{"a":1}'), /:1: format/],
    ['that is no JSON', () => write(header, 'oops'), /:2: not JSON .*begins with "oops"/],
    [
      'without limits',
      () =>
        write(
          header,
          line((value) => void (value.host = {})),
        ),
      /:2: host\.limits/,
    ],
    [
      'with columns of different length',
      () =>
        write(
          header,
          line((value) => (value.table.snapshot.outboundRows.state as unknown as number[]).pop()),
        ),
      /:2: table\.snapshot row columns differ in length/,
    ],
    [
      'with an address that is none',
      () =>
        write(
          header,
          line((value) => ((value.table.snapshot.outbound.localAddress as string[])[0] = 'x')),
        ),
      /:2: table\.snapshot\.outbound\.localAddress\.0 is no address/,
    ],
    [
      'with a state no kernel has',
      () =>
        write(
          header,
          line((value) => (value.table.snapshot.outboundRows.state[0] = 14)),
        ),
      /a state is not one of 1 to 13/,
    ],
    ['that is not gzip', () => writeFileSync(file, 'plain text'), /:1: cannot be read: incorrect header check/],
    ['that is empty', () => writeFileSync(file, ''), /the file is empty/],
    ['that is not there', () => undefined, /ENOENT/],
  ])('refuses a file %s, quoting the line', async (_name, prepare, message) => {
    prepare();
    await expect(samplesOf(file)).rejects.toThrow(message);
    await expect(samplesOf(file)).rejects.toMatchObject({ code: 'RECORDING_INVALID' });
  });
});

describe('anonymized', () => {
  it('holds no address, host or namespace name, and keeps the shape', async () => {
    record(1, true);
    const text = gunzipSync(readFileSync(file)).toString();
    for (const secret of ['192.0.2', '2001:db8', 'secret-host', 'asked for']) expect(text).not.toContain(secret);
    const { outbound, ...rest } = (await samplesOf(file)).samples[0]?.table?.snapshot ?? table.snapshot;
    const { outbound: original, ...restOriginal } = table.snapshot;
    expect(rest).toEqual(restOriginal);
    expect(Array.from(outbound.family)).toEqual(Array.from(original.family));
    expect(outbound.localAddress[1]).toBe('127.0.0.1');
  });

  const create = (key: string) => createAnonymizer((text) => createHmac('sha256', key).update(text).digest());

  it.each(['127.0.0.1', '127.9.9.9', '0.0.0.0', '::', '::1'])('leaves %s as it is', (address) => {
    expect(create('k').address(address)).toBe(address);
  });

  it('is consistent, keeps families, and never merges two addresses', () => {
    const v4 = fc.integer().map((word) => formatAddress(0, 0, 0xffff, word));
    const v6 = fc.tuple(fc.integer(), fc.integer()).map(([high, low]) => formatAddress(high, 0, 0, low));
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(v4, v6), { maxLength: 50 }), (addresses) => {
        const { address } = create('k');
        const standIns = addresses.map(address);
        expect(new Set(standIns).size).toBe(addresses.length);
        expect(addresses.map(address)).toEqual(standIns);
        expect(standIns.map((text) => text.includes(':'))).toEqual(addresses.map((text) => text.includes(':')));
      }),
    );
  });

  it('finds another stand-in when two addresses meet', () => {
    const { address } = createAnonymizer((text) => new Uint8Array(32).fill(text.startsWith('0 ') ? 1 : 2));
    expect([address('192.0.2.1'), address('192.0.2.2')]).toEqual(['10.1.1.1', '10.2.2.2']);
  });

  it('depends on the key', () => expect(create('a').address('192.0.2.1')).not.toBe(create('b').address('192.0.2.1')));
});
