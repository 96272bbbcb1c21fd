import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../../../daemon/host/ip-address.js';
import { openProcfsSource } from '../../../../daemon/source/linux/procfs.js';
import { rowLog, type RowLog } from '../../../builders/row-sink.js';

const HEADER4 =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     ';
const HEADER6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const ROW4 =
  '   0: 0100007F:9C40 0200000A:01BB 06 00000000:00000000 03:00001766 00000000     0        0 0 3 00000000c79952dc                                     ';
const NEXT4 = ROW4.replace(':9C40', ':9C41');
const LINE4 = '127.0.0.1 40000 > 10.0.0.2 443 state 6 timer 3 59900';
const NEXT_LINE4 = LINE4.replace(' 40000', ' 40001');

/** A row as `get_tcp4_sock` and `get_tcp6_sock` of the kernel print it, with words in host order. */
interface Printed {
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  readonly state: number;
  readonly timer: number;
  readonly ticks: number;
  readonly retransmits?: number;
}
const hex = (value: number, width: number): string => value.toString(16).toUpperCase().padStart(width, '0');
function printRow(row: Printed, family: 4 | 6, slot: number): string {
  const print = (address: string): string => {
    const words = (parseAddress(address) ?? [0, 0, 0, 0]).slice(family === 4 ? 3 : 0);
    const bytes = Buffer.alloc(words.length * 4);
    for (const [index, word] of words.entries()) bytes.writeInt32BE(word, index * 4);
    return words
      .map((_word, index) =>
        hex(endianness() === 'LE' ? bytes.readUInt32LE(index * 4) : bytes.readUInt32BE(index * 4), 8),
      )
      .join('');
  };
  const ends = `${print(row.local)}:${hex(row.localPort, 4)} ${print(row.remote)}:${hex(row.remotePort, 4)}`;
  const timer = `${hex(row.timer, 2)}:${hex(row.ticks, 8)}`;
  return `${String(slot).padStart(4)}: ${ends} ${hex(row.state, 2)} 00000000:00000000 ${timer} ${hex(row.retransmits ?? 0, 8)}     0        0 0 1 0 20 4 30 10 -1`;
}

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcast-procfs-'));
  mkdirSync(join(root, 'thread-self/net'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

async function read(tcp: string | null, tcp6: string | null = null): Promise<RowLog> {
  const files = { tcp, tcp6 };
  for (const [name, text] of Object.entries(files)) {
    if (text !== null) writeFileSync(join(root, 'thread-self/net', name), text);
  }
  const sink = rowLog();
  await openProcfsSource(root).dump(sink);
  return sink;
}

describe('procfs parser', () => {
  it('parses a row as the kernel prints it, with the timer in ticks of 10 ms', async () => {
    const sink = await read(`${HEADER4}\n${ROW4}\n`);
    expect(sink.lines).toEqual([LINE4]);
    expect(sink.malformed()).toBe(0);
  });

  it('parses the retransmissions of a SYN that nobody answers, and none on a line that ends before them', async () => {
    const syn = ROW4.replace(' 06 ', ' 02 ').replace('03:00001766 00000000', '01:00000046 0000000A');
    const cut = syn.slice(0, syn.indexOf('0000000A') + 3).replace(':9C40', ':9C41');
    const sink = await read(`${HEADER4}\n${syn}\n${cut}\n`);
    const ends = [LINE4, NEXT_LINE4].map((line) => line.replace('state 6 timer 3 59900', 'state 2 timer 1 700'));
    expect(sink.lines).toEqual([`${ends[0] ?? ''} sent again 10 times`, ends[1]]);
  });

  it('reads both files, and v4-mapped rows as IPv4', async () => {
    const row = { localPort: 8080, remotePort: 50_000, state: 1, timer: 0, ticks: 0 };
    const mapped = printRow({ ...row, local: '::ffff:10.0.0.1', remote: '::ffff:10.0.0.2' }, 6, 0);
    const listen = printRow({ ...row, local: '::', remote: '::', remotePort: 0, state: 10 }, 6, 12_345);
    const sink = await read(`${HEADER4}\n${ROW4}\n`, `${HEADER6}\n${mapped}\n${listen}\n`);
    expect(sink.lines).toEqual([
      LINE4,
      '10.0.0.1 8080 > 10.0.0.2 50000 state 1 timer 0 0',
      ':: 8080 > :: 0 state 10 timer 0 0',
    ]);
  });

  it('passes on a row once that the kernel shows twice while sockets are added', async () => {
    const mapped = { local: '::ffff:127.0.0.1', remote: '::ffff:10.0.0.2', localPort: 40_000, remotePort: 443 };
    const twice = printRow({ ...mapped, state: 1, timer: 0, ticks: 0 }, 6, 0);
    const sink = await read(`${HEADER4}\n${ROW4}\n${NEXT4}\n${ROW4}\n`, `${HEADER6}\n${twice}\n`);
    expect([sink.lines, sink.malformed()]).toEqual([[LINE4, NEXT_LINE4], 0]);
  });

  it('accepts that there is no tcp6, as where IPv6 is off', async () => {
    expect((await read(`${HEADER4}\n${ROW4}\n`)).lines).toEqual([LINE4]);
  });

  it('accepts an empty table', async () => {
    const sink = await read(`${HEADER4}\n`, `${HEADER6}\n`);
    expect([sink.rows(), sink.malformed()]).toEqual([0, 0]);
  });

  it.each([
    ['cut off', ROW4.slice(0, 40)],
    ['cut off before its timer', ROW4.slice(0, 60)],
    ['with a letter that is no digit', ROW4.replace('0100007F', '0100007G')],
    [
      'with an IPv6 address in the IPv4 file',
      printRow({ local: '::1', remote: '::1', localPort: 1, remotePort: 2, state: 1, timer: 0, ticks: 0 }, 6, 0),
    ],
    [
      'with a retransmission count that is no number',
      ROW4.replace(' 06 ', ' 02 ').replace('00001766 00000000', '00001766 0000000x'),
    ],
    ['with a separator missing', ROW4.replace('9C40 02', '9C40_02')],
    ['without a slot', ROW4.replace('0:', ' :').trimStart()],
    ['empty', ''],
    ['of text', 'Segmentation fault'],
    ['of NUL bytes', '\0'.repeat(150)],
  ])('counts a line %s as malformed and goes on', async (_name, line) => {
    const sink = await read(`${HEADER4}\n${ROW4}\n${line}\n${NEXT4}\n`);
    expect([sink.lines, sink.malformed()]).toEqual([[LINE4, NEXT_LINE4], 1]);
  });

  it('counts a last line without a newline as malformed', async () => {
    const sink = await read(`${HEADER4}\n${ROW4}\n${ROW4}`);
    expect([sink.rows(), sink.malformed()]).toEqual([1, 1]);
  });

  it('limits a timer of more than eight digits to the largest number', async () => {
    const sink = await read(`${HEADER4}\n${ROW4.replace('03:00001766', '03:123456789A')}\n`);
    expect(sink.lines).toEqual([LINE4.replace('59900', String(0x7fff_ffff))]);
  });

  it('parses rows that lie across reads, and goes on after a line longer than its buffer', async () => {
    const rows = (first: number): string =>
      Array.from({ length: 3000 }, (_, index) => `${ROW4.replace(':9C40', `:${hex(first + index, 4)}`)}\n`).join('');
    const sink = await read(`${HEADER4}\n${rows(10_000)}${'x'.repeat(200_000)}\n${rows(20_000)}`);
    expect([sink.rows(), sink.malformed()]).toEqual([6000, 1]);
  });

  const port = fc.nat(65_535);
  const rest = {
    localPort: port,
    remotePort: port,
    state: fc.integer({ min: 1, max: 12 }),
    timer: fc.nat(4),
    ticks: fc.nat(200_000_000),
    retransmits: fc.integer({ min: 1, max: 0xffff_ffff }),
  };
  const v4 = fc.integer().map((word) => formatAddress(0, 0, 0xffff, word));
  const v6 = fc.tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer()).map((words) => formatAddress(...words));
  // The kernel has each pair of ends once. The two files of a run share no local port, so no row of one is in the other.
  const apart = { maxLength: 20, selector: (row: Printed) => row.localPort };
  const rows4 = fc.uniqueArray(fc.record({ local: v4, remote: v4, ...rest, localPort: fc.nat(29_999) }), apart);
  const rows6 = fc.uniqueArray(
    fc.record({ local: v6, remote: v6, ...rest, localPort: fc.integer({ min: 30_000, max: 65_535 }) }),
    apart,
  );

  /** The kernel prints 0 on a TIME_WAIT row, so the column is not read there. */
  const again = ({ state, retransmits = 0 }: Printed): string =>
    state === 6 ? '' : ` sent again ${retransmits} times`;

  it('parses all rows that the kernel can print', async () => {
    await fc.assert(
      fc.asyncProperty(rows4, rows6, async (four, six) => {
        const text = (rows: Printed[], family: 4 | 6): string =>
          rows.map((row, slot) => `${printRow(row, family, slot)}\n`).join('');
        const sink = await read(`${HEADER4}\n${text(four, 4)}`, `${HEADER6}\n${text(six, 6)}`);
        const expected = [...four, ...six].map(
          (row) =>
            `${row.local} ${row.localPort} > ${row.remote} ${row.remotePort} state ${row.state} timer ${row.timer} ${row.ticks * 10}${again(row)}`,
        );
        expect(sink.lines).toEqual(expected);
        expect(sink.malformed()).toBe(0);
      }),
    );
  });

  it('keeps the row before any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 300 }), async (noise) => {
        expect((await read(`${HEADER4}\n${ROW4}\n${noise}\n`)).lines[0]).toBe(LINE4);
      }),
    );
  });
});

describe('procfs source with a wrong file', () => {
  it.each([
    ['', /begins with ""/],
    ['not a table\n', /begins with "not a table"/],
  ])('refuses %j as a table', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toMatchObject({ code: 'SOURCE_MALFORMED' });
  });

  it('refuses a table of which no line can be parsed', async () => {
    await expect(read(`${HEADER4}\nx\ny\n`)).rejects.toMatchObject({ code: 'SOURCE_MALFORMED' });
  });

  it('names the file that does not exist', () => {
    expect(() => openProcfsSource(join(root, 'absent'))).toThrow(/absent\/thread-self\/net\/tcp.*ENOENT/);
  });

  it('names the file that no longer exists', () => {
    writeFileSync(join(root, 'thread-self/net/tcp'), `${HEADER4}\n`);
    const source = openProcfsSource(root);
    rmSync(join(root, 'thread-self'), { recursive: true });
    expect(() => source.dump(rowLog())).toThrow(
      expect.objectContaining({
        code: 'SOURCE_UNAVAILABLE',
        message: expect.stringContaining('thread-self/net/tcp') as string,
      }),
    );
  });

  it('names the error of a file that can be opened and not read', () => {
    mkdirSync(join(root, 'thread-self/net/tcp'));
    expect(() => openProcfsSource(root).dump(rowLog())).toThrow(
      expect.objectContaining({ code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('EISDIR') as string }),
    );
  });

  it.runIf(process.platform === 'linux')('throws when the process whose table it reads has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    rmSync(join(root, 'thread-self'), { recursive: true });
    symlinkSync(`/proc/${child.pid ?? 0}`, join(root, 'thread-self'));
    const source = openProcfsSource(root);
    expect(await source.dump(rowLog())).toEqual({ interrupted: false });
    child.kill();
    await once(child, 'exit');
    expect(() => source.dump(rowLog())).toThrow(expect.objectContaining({ code: 'SOURCE_UNAVAILABLE' }));
  });
});
