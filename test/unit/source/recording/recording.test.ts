import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostReading, TableReading } from '../../../../daemon/contracts.js';
import { UNKNOWN_GRANULARITY } from '../../../../daemon/host/release-granularity.js';
import type { FailedConnect } from '../../../../daemon/pool/failed-connect.js';
import { NO_COUNTERS } from '../../../../daemon/host/counters.js';
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
  limits: { ...assumeLimits('linux'), skipsBoundPorts: true },
  counters: { ...NO_COUNTERS, takenAtMs, monotonicMs: takenAtMs / 2, timeWait: 3 },
  granularity: UNKNOWN_GRANULARITY,
  problems: ['tcp_fin_timeout cannot be read; 60 s is assumed'],
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
    row({ localPort: 40_003, state: 'SYN_SENT', timer: 1, retransmits: 7 }),
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
  it('returns what was written', async () => {
    record(3);
    const { samples, truncated } = await samplesOf(file);
    expect(samples.map(({ host }) => host)).toEqual([1000, 1001, 1002].map(reading));
    const source = { name: 'recording', why: 'recorded from procfs: asked for' };
    expect(samples.map((sample) => sample.table)).toEqual([{ ...table, source }, null, { ...table, source }]);
    expect(samples[0]?.table?.snapshot.outboundRows.expiresMs).toBeInstanceOf(Int32Array);
    expect(truncated).toBe(false);
    expect(await openRecording(file).header()).toMatchObject({ version: 1, host: 'secret-host', anonymized: false });
  });

  it('is a source: readHost goes to the next sample, and readTable returns the table of that sample', async () => {
    record(2);
    const recording = openRecording(file);
    await expect(recording.readTable()).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    expect((await recording.readHost()).counters.takenAtMs).toBe(1000);
    expect((await recording.readTable()).snapshot.rows).toBe(6);
    expect((await recording.readHost()).counters.takenAtMs).toBe(1001);
    await expect(recording.readTable()).rejects.toThrow(/holds no table/);
    await expect(recording.readHost()).rejects.toThrow(/has ended/);
    await recording.close();
  });

  it('can be read by its owner only, is plain gzip, and overwrites no file', () => {
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

  it('loses only the last samples when it is cut off anywhere', async () => {
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

  it('refuses a table that could not be read again', () => {
    const recorder = createRecorder({ file, anonymize: false, hostName: 'h' });
    const { snapshot } = table;
    const outboundRows = { ...snapshot.outboundRows, localPort: new Uint16Array(1_000_001) };
    const write = (): void => recorder.write(reading(1000), { ...table, snapshot: { ...snapshot, outboundRows } });
    expect(write).toThrow(/has 1000001 outbound rows in 3 pools; a recording holds at most 1000000 rows/);
    recorder.close();
  });

  it('holds no address, host name or reason when it is anonymized, and all else unchanged', async () => {
    record(1, true);
    const text = gunzipSync(readFileSync(file)).toString();
    expect(text).toContain('"anonymized":true');
    for (const secret of ['192.0.2', '2001:db8', 'secret-host', 'asked for']) expect(text).not.toContain(secret);
    const snapshot = (await samplesOf(file)).samples[0]?.table?.snapshot;
    if (snapshot === undefined) throw new Error('no table was recorded');
    const { outbound, ...rest } = snapshot;
    const { outbound: original, ...restOriginal } = table.snapshot;
    expect(rest).toEqual(restOriginal);
    expect(Array.from(outbound.family)).toEqual(Array.from(original.family));
    expect(outbound.localAddress[1]).toBe('127.0.0.1');
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
  it('keeps failed connects, and whether anything watched for them', async () => {
    const recorder = createRecorder({ file, anonymize: false, hostName: 'h' });
    recorder.write(reading(1000), table, [failed]);
    recorder.write(reading(1001), null, []);
    recorder.write(reading(1002), table, null);
    recorder.close();
    expect((await samplesOf(file)).samples.map(({ failures }) => failures)).toEqual([[failed], [], null]);
  });

  it('anonymizes failed connects with the stand-ins of the tables', async () => {
    const recorder = createRecorder({ file, anonymize: true, hostName: 'h' });
    recorder.write(reading(1000), table, [failed]);
    recorder.close();
    expect(gunzipSync(readFileSync(file)).toString()).not.toMatch(/192\.0\.2|secret-client|4711/);
    const [sample] = (await samplesOf(file)).samples;
    const [anonymous] = sample?.failures ?? [];
    expect(anonymous).toMatchObject({ pid: 0, remotePort: 443, localAddress: null });
    expect(sample?.table?.snapshot.outbound.remoteAddress).toContain(anonymous?.remoteAddress);
  });
});
