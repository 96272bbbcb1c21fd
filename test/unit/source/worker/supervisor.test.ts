/** A real worker, and workers that end or hang. Needs the compiled daemon (`tsc -b daemon`). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSource, type Source, type SourceOptions } from '../../../../daemon/source/worker/supervisor.js';
import { fakeLog, type FakeLog } from '../../../fakes.js';
import { closePair, openPair } from '../../../builders/sockets.js';

let log: FakeLog;
let source: Source | null = null;
beforeEach(() => {
  log = fakeLog();
});
afterEach(async () => {
  vi.useRealTimers();
  await source?.stop();
  source = null;
});
const start = async (options: Partial<SourceOptions> = {}): Promise<Source> =>
  (source = await startSource({ source: 'auto', namespace: 'host', log, ...options }));

describe.runIf(process.platform === 'linux')('the source of this host', () => {
  it.each(['netlink', 'procfs', 'systeminformation'] as const)(
    'reads the sockets of this test with %s',
    async (name) => {
      const started = await start({ source: name });
      expect(started.choice).toEqual({ name, why: 'asked for' });
      const pair = await openPair('127.0.0.1');
      const reading = await started.readTable();
      expect(reading.source).toEqual(started.choice);
      expect(reading.costMs).toBeGreaterThan(0);
      expect(reading.snapshot).toMatchObject({ namespace: 'host', interrupted: false, malformed: 0 });
      expect(reading.snapshot.listeningPorts.includes(pair.serverPort)).toBe(true);
      expect(reading.snapshot.outbound.remotePort.includes(pair.serverPort)).toBe(true);
      expect(Number.isInteger(reading.snapshot.takenAtMs)).toBe(true);
      await closePair(pair);
    },
  );

  it('reads limits, counters and owners', async () => {
    const started = await start();
    const { limits, counters, granularity } = await started.readHost();
    expect(limits).toMatchObject({ timeWaitMs: 60_000, timeWaitAssumed: false });
    expect(limits.range.last).toBeGreaterThan(limits.range.first);
    expect(counters.timeWait).toBeGreaterThanOrEqual(0);
    expect(granularity.timeWaitMs).toBeGreaterThan(1000);
    const pair = await openPair('127.0.0.1');
    const query = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', remotePort: pair.serverPort };
    const { reports, costMs } = await started.findOwners([query]);
    expect(reports).toMatchObject([{ processes: [{ pid: process.pid }] }]);
    expect(costMs).toBeGreaterThan(0);
    await closePair(pair);
  });

  it('answers calls that are made at once, each with its own result', async () => {
    const started = await start();
    const [host, table, again] = await Promise.all([started.readHost(), started.readTable(), started.readTable()]);
    expect(host.limits.timeWaitMs).toBe(60_000);
    expect(again.snapshot.monotonicMs).toBeGreaterThan(table.snapshot.monotonicMs);
  });

  it('rejects readHost when the limits cannot be read, and still reads the table', async () => {
    const root = mkdtempSync(join(tmpdir(), 'portcast-host-'));
    const started = await start({ source: 'netlink', procRoot: root });
    await expect(started.readHost()).rejects.toMatchObject({ code: 'LIMITS_UNREADABLE', retryable: true });
    expect((await started.readTable()).snapshot.malformed).toBe(0);
    rmSync(root, { recursive: true });
  });

  it('rejects a requested source that does not work, with the reason', async () => {
    const refused = start({ source: 'procfs', procRoot: '/nonexistent' });
    await expect(refused).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    await expect(refused).rejects.toThrow(
      /"procfs" was asked for .*\/nonexistent\/thread-self\/net\/tcp.*allowed are auto/,
    );
  });

  it('says how to build a worker file that is missing', async () => {
    const refused = start({ workerFile: '/nonexistent/worker.js' });
    await expect(refused).rejects.toThrow('/nonexistent/worker.js is missing: run "npm run build"');
  });

  it('rejects calls after it was stopped, and may be stopped twice', async () => {
    const started = await start();
    await started.stop();
    await started.stop();
    await expect(started.readTable()).rejects.toThrow('has been stopped');
    const { reports } = await started.findOwners([{ localAddress: '::1', remoteAddress: null, remotePort: null }]);
    expect(reports).toMatchObject([{ why: expect.stringContaining('stopped') as string }]);
  });
});

/** Replaces the timers of the main thread, so that a time-out takes no time. Workers keep the real ones. */
const useVirtualTimers = (): void => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

describe('a worker that fails', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcast-worker-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /**
   * A worker that is ready at once, and runs `onRequest` for each request. That code may use `workerData`, and `generation`,
   * which is 1 for the first worker, 2 for the one that replaces it, and so on.
   */
  function writeWorker(onRequest: string, ready = `parentPort.postMessage({ kind: 'ready', choice })`): string {
    const file = join(folder, 'worker.mjs');
    const count = JSON.stringify(join(folder, 'count'));
    writeFileSync(join(folder, 'count'), '');
    writeFileSync(
      file,
      `import { parentPort, workerData } from 'node:worker_threads';
       import { appendFileSync, readFileSync } from 'node:fs';
       appendFileSync(${count}, '.');
       const generation = readFileSync(${count}, 'utf8').length;
       const choice = workerData.avoid.netlink ? { name: 'procfs', why: workerData.avoid.netlink } : { name: 'netlink', why: 'test' };
       const snapshot = { listeningPorts: Uint16Array.of(80), monotonicMs: generation };
       const give = (id, value) => parentPort.postMessage({ kind: 'result', id, value });
       parentPort.on('message', (message) => {
         if (message === 'stop') return parentPort.close();
         const { id, request } = message;
         ${onRequest}
       });
       ${ready};`,
    );
    return file;
  }
  const table = 'give(id, { snapshot, source: choice, costMs: generation })';

  it('and ends fails the calls that wait for it, and is replaced at the next call', async () => {
    const workerFile = writeWorker(`if (generation === 1) process.exit(3); ${table};`);
    const started = await start({ workerFile });
    const failed = await Promise.allSettled([started.readTable(), started.readTable()]);
    const reason = { code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('code 3') as string };
    expect(failed).toMatchObject([{ reason }, { reason }]);
    expect((await started.readTable()).costMs).toBe(2);
    expect(log.lines).toMatchObject([{ level: 'warn' }]);
  });

  it('and throws rejects the call with what it threw', async () => {
    const started = await start({ workerFile: writeWorker(`throw new Error('out of luck');`) });
    await expect(started.readTable()).rejects.toThrow(/out of luck/);
  });

  it('and hangs is replaced after the time-out', async () => {
    const workerFile = writeWorker(`if (generation === 1) for (;;); ${table};`);
    const started = await start({ workerFile, timeoutMs: 10_000 });
    useVirtualTimers();
    const rejected = expect(started.readTable()).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT', retryable: true });
    await vi.advanceTimersByTimeAsync(10_000);
    await rejected;
    vi.useRealTimers();
    expect((await started.readTable()).costMs).toBe(2);
  });

  it('and hangs is terminated by stop', async () => {
    const started = await start({ workerFile: writeWorker('for (;;);'), timeoutMs: 60_000 });
    useVirtualTimers();
    const rejected = expect(started.readTable()).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    const stopped = started.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all([rejected, stopped]);
  });

  it('and cannot be replaced fails each call until it can', async () => {
    const ready = `if (generation === 2) process.exit(9); else parentPort.postMessage({ kind: 'ready', choice })`;
    const started = await start({ workerFile: writeWorker(`if (generation === 1) process.exit(3); ${table};`, ready) });
    await expect(started.readTable()).rejects.toThrow('code 3');
    await expect(started.readTable()).rejects.toThrow('code 9');
    expect((await started.readTable()).costMs).toBe(3);
    expect(log.lines.map(({ level }) => level)).toEqual(['error', 'warn']);
  });

  it('passes what it had learned to the next worker', async () => {
    const granularity = { hz: 250, timeWaitMs: 2048, phaseMs: 7, learned: true };
    const workerFile = writeWorker(
      `if (request.call === 'findOwners') process.exit(1);
       if (request.call === 'readHost') give(id, { granularity: workerData.granularity ?? ${JSON.stringify(granularity)}, seen: workerData });
       else ${table};`,
    );
    const started = await start({ workerFile });
    await started.readHost();
    await started.readTable();
    const owners = await started.findOwners([{ localAddress: '::1', remoteAddress: null, remotePort: null }]);
    expect(owners.reports).toEqual([{ processes: [], why: expect.stringContaining('ended with code 1') as string }]);
    expect(owners.costMs).toBeGreaterThan(0);
    expect(await started.readHost()).toMatchObject({
      granularity,
      seen: { granularity, listeners: { ports: Uint16Array.of(80), monotonicMs: 1 } },
    });
  });

  it('three times in a row on netlink makes auto use another source', async () => {
    const started = await start({ workerFile: writeWorker(`if (generation <= 3) process.exit(3); ${table};`) });
    for (let time = 0; time < 3; time++) await expect(started.readTable()).rejects.toThrow('code 3');
    expect((await started.readTable()).source.name).toBe('procfs');
    expect(started.choice.why).toMatch(/took its worker down 3 times in a row: .*code 3/);
  });
});
