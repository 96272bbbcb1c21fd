import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordCommand } from '../../../daemon/cli/record.js';
import type { FailureReader } from '../../../daemon/contracts.js';
import type { FailedConnect } from '../../../daemon/pool/failed-connect.js';
import { startSource } from '../../../daemon/source/worker/supervisor.js';
import { createRecorder } from '../../../daemon/source/recording/recorder.js';
import { openRecording } from '../../../daemon/source/recording/recording.js';
import { fakeSource, testIo } from '../../builders/cli.js';
import { fakeClock, fakeFailures, fakeHost } from '../../fakes.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-record-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const parts = { startSource, createRecorder, intervalMs: 50 };
/** Records a fake host, without a worker. */
const fakeParts = { ...parts, startSource: () => Promise.resolve(fakeSource(fakeHost(fakeClock()))) };

async function samplesOf(file: string): Promise<number> {
  const recording = openRecording(file);
  let samples = 0;
  for await (const { table } of recording) {
    expect(table).not.toBeNull();
    samples += 1;
  }
  expect(recording.truncated()).toBe(false);
  await recording.close();
  return samples;
}

describe.runIf(process.platform === 'linux')('record', () => {
  it('records this host for the given time, to a file that only its owner can read', async () => {
    const io = testIo();
    const file = join(folder, 'host.rec');
    expect(await recordCommand(io, { file, for: 200, source: 'procfs' }, parts)).toBe(0);
    const printed = /^(.*): (\d+) tables, one every 50 ms, from procfs\n$/.exec(io.stdout());
    expect(printed?.[1]).toBe(file);
    expect(await samplesOf(file)).toBe(Number(printed?.[2]));
    expect(Number(printed?.[2])).toBeGreaterThan(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('ends at the signal with a complete file', async () => {
    const io = testIo();
    const file = join(folder, 'host.rec');
    const done = recordCommand(io, { file }, parts);
    await expect.poll(() => statSync(file, { throwIfNoEntry: false })?.size ?? 0).toBeGreaterThan(500);
    io.abort();
    expect(await done).toBe(0);
    expect(await samplesOf(file)).toBeGreaterThan(0);
  });

  it('records failed connects where they are counted, and null where they are not', async () => {
    const failed: FailedConnect = {
      atMs: 1000,
      kind: 'connect',
      localAddress: null,
      remoteAddress: '192.0.2.2',
      remotePort: 443,
      pid: 1,
      name: 'client',
    };
    const recorded = async (name: string, failures?: FailureReader): Promise<unknown> => {
      const file = join(folder, name);
      const watching = failures === undefined ? fakeParts : { ...fakeParts, failures };
      await recordCommand(testIo(), { file, for: 1, source: 'procfs' }, watching);
      const recording = openRecording(file);
      for await (const sample of recording) return sample.failures;
      return undefined;
    };
    expect(await recorded('one', Object.assign(fakeFailures(), { next: [failed] }))).toEqual([failed]);
    expect(await recorded('none', fakeFailures())).toEqual([]);
    expect(await recorded('off', Object.assign(fakeFailures(), { offBecause: 'no tracefs' }))).toBeNull();
    expect(await recorded('not-asked')).toBeNull();
  });

  it('refuses to overwrite a file', async () => {
    const file = join(folder, 'host.rec');
    await recordCommand(testIo(), { file, for: 1 }, fakeParts);
    await expect(recordCommand(testIo(), { file, for: 1 }, fakeParts)).rejects.toMatchObject({ code: 'STORE_IO' });
  });
});
