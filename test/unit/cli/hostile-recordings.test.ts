/** Recordings that were made to do harm, through `portcast replay`: each is refused with one line, or replayed at once. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import { churn, recordWorld } from '../../builders/recordings.js';
import { testIo } from '../../builders/cli.js';

type Fields = Record<string, unknown>;
interface Line {
  host: { limits: Fields; counters: Fields; granularity: Fields };
  table: { snapshot: { outboundRows: Record<string, number[]>; outbound: Fields } & Fields };
  failures?: unknown[];
}

const LARGEST = Number.MAX_SAFE_INTEGER;
const INT_MAX = 0x7fff_ffff;
const [FIN_WAIT2, TIME_WAIT, SYN_SENT] = [5, 6, 2];

let folder: string;
let lines: string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-hostile-'));
  const file = join(folder, 'good.rec');
  recordWorld(
    file,
    churn(() => 5),
    { seconds: 10 },
  );
  lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function replay(change: (line: Line, index: number) => void) {
  const [header = '', ...samples] = lines;
  const changed = samples.map((line, index) => {
    const sample = JSON.parse(line) as Line;
    change(sample, index);
    return JSON.stringify(sample);
  });
  const file = join(folder, 'changed.rec');
  writeFileSync(file, gzipSync(`${[header, ...changed].join('\n')}\n`));
  const io = testIo({ cwd: folder });
  const code = await runCli(['replay', file], io);
  return { code, out: io.stdout(), err: io.stderr() };
}

const setRows = ({ table }: Line, values: Record<string, number>): void => {
  const { outboundRows } = table.snapshot;
  for (const [name, value] of Object.entries(values))
    outboundRows[name] = (outboundRows['localPort'] ?? []).map(() => value);
};

describe('replay refuses a recording', () => {
  it.each<[string, (line: Line) => void, RegExp]>([
    [
      'with a step of 1 ms and timers of 2^31 ms',
      (line) => {
        Object.assign(line.host.granularity, { timeWaitMs: 1, phaseMs: 0, learned: true });
        setRows(line, { state: TIME_WAIT, timer: 3, expiresMs: INT_MAX });
      },
      /host\.granularity\.timeWaitMs: found 1; allowed at least 10$/,
    ],
    [
      'with a step of nearly nothing',
      ({ host }) => void (host.granularity['timeWaitMs'] = 1e-300),
      /found 1e-300; allowed at least 10$/,
    ],
    [
      'with a phase without end',
      ({ host }) => void (host.granularity['phaseMs'] = 1e300),
      /phaseMs: found 1e\+300; allowed at most 60000$/,
    ],
    [
      'with endless retries of SYNs',
      ({ host }) => void (host.limits['synRetries'] = LARGEST),
      /synRetries: found 9007199254740991; allowed at most 255$/,
    ],
    [
      'with an endless reuse delay',
      ({ host }) => void Object.assign(host.limits, { twReuse: 1, twReuseDelayMs: LARGEST }),
      /twReuseDelayMs: found 9007199254740991; allowed at most 60000$/,
    ],
    [
      'with an instant that no clock shows',
      ({ table }) => void (table.snapshot['takenAtMs'] = -1e15),
      /takenAtMs: found -1000000000000000; allowed at least 0$/,
    ],
    [
      'with ticks without number',
      ({ host }) => void (host.granularity['hz'] = 1e9),
      /hz: found 1000000000; allowed at most 10000$/,
    ],
    [
      'with a range that ends before it begins',
      ({ host }) => void (host.limits['range'] = { first: 9, last: 5 }),
      /limits\.range: found an object; allowed a range whose first port is not above its last$/,
    ],
    [
      'with an address family that is none',
      ({ table }) => void (table.snapshot.outbound['family'] = [9]),
      /family\.0: found 9; allowed a whole number from 4 to 6$/,
    ],
    [
      'with groups of rows that reach past the rows',
      ({ table }) => void ((table.snapshot.outbound['rowStart'] as number[])[0] = 4_294_967_295),
      /rowStart: found from 4294967295 to 4294967295; allowed whole numbers that ascend from 0 to 0, the count of rows$/,
    ],
    [
      'with a text that a terminal obeys',
      ({ host }) => void (host.limits['twReuse'] = '\u001b[2J\u009b\u202e\n'),
      /twReuse: found "\\u001b\[2J\\u009b\\u202e\\n"; allowed 0, 1, 2$/,
    ],
  ])('%s', async (_name, change, message) => {
    const { code, out, err } = await replay(change);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^portcast: [^\n]*changed\.rec:2: [^\n]*\n$/);
    expect(err).not.toMatch(/[^\P{C}\n]/u);
    expect(err.trimEnd()).toMatch(message);
  });
});

describe('replay ends soon with a recording', () => {
  it.each<[string, (line: Line, index: number) => void]>([
    ...[0, 1, 3].map((timer): [string, (line: Line) => void] => [
      `with the finest step and timers of 2^31 ms of kind ${timer}`,
      (line) => {
        line.host.limits['timeWaitMs'] = 10_000;
        Object.assign(line.host.granularity, { timeWaitMs: 10, phaseMs: 0, learned: true });
        setRows(line, { state: TIME_WAIT, timer, expiresMs: INT_MAX });
      },
    ]),
    [
      'with the longest FIN_WAIT2 and the slowest ticks',
      (line) => {
        line.host.limits['finTimeoutMs'] = LARGEST;
        Object.assign(line.host.granularity, { hz: 1, learned: false });
        setRows(line, { state: FIN_WAIT2, timer: 3, expiresMs: INT_MAX });
      },
    ],
    [
      'with the shortest FIN_WAIT2 and the fastest ticks',
      (line) => {
        line.host.limits['finTimeoutMs'] = 1;
        Object.assign(line.host.granularity, { hz: 10_000, phaseMs: 0, learned: true });
        setRows(line, { state: FIN_WAIT2, timer: 3, expiresMs: INT_MAX });
      },
    ],
    [
      'with the most retries of SYNs',
      (line) => {
        Object.assign(line.host.limits, { synRetries: 255, synLinearTimeouts: 255, orphanRetries: 255 });
        setRows(line, { state: SYN_SENT, timer: 1, expiresMs: INT_MAX, retransmits: 255 });
      },
    ],
    ['whose monotonic clock leaps', ({ table }, index) => void (table.snapshot['monotonicMs'] = 1e12 * (index + 1))],
    ['whose wall clock leaps', ({ table }, index) => void (table.snapshot['takenAtMs'] = 4e13 * index)],
    ['whose wall clock runs back', ({ table }, index) => void (table.snapshot['takenAtMs'] = 1e14 - 1e13 * index)],
  ])('%s', async (_name, change) => {
    const { code, out, err } = await replay(change);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('6 samples');
  });
});
