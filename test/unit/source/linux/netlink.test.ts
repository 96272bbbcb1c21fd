import { describe, expect, it } from 'vitest';
import { PortcastError } from '../../../../daemon/errors.js';
import type { DiagSocket } from '../../../../daemon/source/linux/netlink-native.js';
import { createDumper, createNetlinkSource, listProbePorts } from '../../../../daemon/source/linux/netlink.js';
import { datagram, diagPayload, message, status, type MessageOptions } from '../../../builders/netlink-bytes.js';
import { rowLog } from '../../../builders/row-sink.js';

const row = (options: MessageOptions): Uint8Array =>
  message(
    diagPayload({
      family: 2,
      local: '10.0.0.1',
      localPort: 1,
      remote: '10.0.0.2',
      remotePort: 2,
      state: 1,
      timer: 0,
      expiresMs: 0,
    }),
    options,
  );

const BOUND_ROW = {
  family: 2,
  local: '0.0.0.0',
  localPort: 0,
  remote: '0.0.0.0',
  remotePort: 0,
  state: 7,
  timer: 0,
  expiresMs: 0,
} as const;

type Script = ((seq: number) => Uint8Array)[];

/** A kernel that answers each dump with the datagrams of its script. A script that ends without DONE times out. */
function createKernel(scripts: Script[]): { open: () => DiagSocket; log: string[] } {
  const log: string[] = [];
  const open = (): DiagSocket => {
    log.push('open');
    let answers: Uint8Array[] = [];
    return {
      send(request) {
        const seq = new Uint32Array(request.buffer)[2] ?? 0;
        log.push(`dump ${seq}`);
        answers = (scripts.shift() ?? []).map((answer) => answer(seq));
      },
      receive(buffer) {
        const answer = answers.shift();
        if (answer === undefined) throw new PortcastError('SOURCE_TIMEOUT', 'no answer');
        buffer.set(answer);
        return answer.length;
      },
      close: () => void log.push('close'),
    };
  };
  return { open, log };
}

const good: Script = [(seq) => row({ seq }), (seq) => datagram(row({ seq }), status(3, 0, { seq }))];
const interrupted: Script = [(seq) => row({ seq, flags: 0x12 }), (seq) => status(3, 0, { seq })];

describe('netlink source', () => {
  it('uses one socket for all dumps', async () => {
    const { open, log } = createKernel([good, good]);
    const source = createNetlinkSource(createDumper(open), false);
    const sink = rowLog();
    await source.dump(sink);
    expect(await source.dump(sink)).toEqual({ interrupted: false });
    expect(sink.lines).toHaveLength(2);
    source.close();
    expect(log).toEqual(['open', 'dump 1', 'dump 2', 'close']);
  });

  const bound: Script = [
    (seq) => message(diagPayload({ ...BOUND_ROW, localPort: 777 }), { seq }),
    (seq) => status(3, 0, { seq }),
  ];
  /** 4,860 rows: more than the 4,096 of a short table. */
  const long: Script = [
    ...Array.from({ length: 81 }, () => (seq: number) => datagram(...new Array<Uint8Array>(60).fill(row({ seq })))),
    (seq) => status(3, 0, { seq }),
  ];
  const BOUND_LINE = '0.0.0.0 777 > 0.0.0.0 0 state 13 timer 0 0';

  it('walks the bind table with every dump of a short table', async () => {
    const { open, log } = createKernel([bound, good, bound, good]);
    const source = createNetlinkSource(createDumper(open), true);
    for (let dump = 0; dump < 2; dump++) {
      const sink = rowLog();
      await source.dump(sink);
      expect(sink.lines).toHaveLength(3);
      expect(sink.lines).toContain(BOUND_LINE);
    }
    expect(log).toEqual(['open', 'dump 1', 'dump 2', 'dump 3', 'dump 4']);
  });

  it('walks the bind table with every fifth dump of a long table, and shows the ports of the last walk with the others', async () => {
    const { open, log } = createKernel([bound, long, long, long, long, long, bound, long]);
    const source = createNetlinkSource(createDumper(open), true);
    for (let dump = 0; dump < 6; dump++) {
      const sink = rowLog();
      await source.dump(sink);
      expect(sink.lines.filter((line) => line === BOUND_LINE)).toHaveLength(1);
    }
    expect(log).toHaveLength(9);
  });

  it('repeats an interrupted dump, without the rows of the first', async () => {
    const { open, log } = createKernel([interrupted, good]);
    const sink = rowLog();
    expect(await createNetlinkSource(createDumper(open), false).dump(sink)).toEqual({ interrupted: false });
    expect(sink.lines).toHaveLength(2);
    expect(log).toEqual(['open', 'dump 1', 'dump 2']);
  });

  it('keeps the second dump when it is interrupted as well, and marks it as interrupted', async () => {
    const { open, log } = createKernel([interrupted, interrupted, good]);
    const sink = rowLog();
    expect(await createNetlinkSource(createDumper(open), false).dump(sink)).toEqual({ interrupted: true });
    expect(sink.lines).toHaveLength(1);
    expect(log).toEqual(['open', 'dump 1', 'dump 2']);
  });

  it.each<[string, Script, string]>([
    ['an error', [(seq) => status(2, -12, { seq })], 'SOURCE_UNAVAILABLE'],
    ['a time-out in the middle of a dump', [(seq) => row({ seq })], 'SOURCE_TIMEOUT'],
  ])('opens a new socket after %s, so that no answer is left unread', async (_name, script, code) => {
    const { open, log } = createKernel([script, good]);
    const source = createNetlinkSource(createDumper(open), false);
    const sink = rowLog();
    expect(() => source.dump(sink)).toThrow(expect.objectContaining({ code }));
    await source.dump(sink);
    expect(sink.lines).toHaveLength(2);
    expect(log).toEqual(['open', 'dump 1', 'close', 'open', 'dump 2']);
  });
});

describe('the ports to try a bind with', () => {
  it.each([
    [32_768, 60_999],
    [40_000, 40_099],
    [1024, 60_000],
    [2000, 65_535],
    [1026, 65_535],
  ])('begin outside of the range %i-%i, with ports that need no right', (first, last) => {
    const [port = 0] = listProbePorts({ first, last });
    expect(port).toBeGreaterThanOrEqual(1024);
    expect(port < first || port > last).toBe(true);
  });

  it('lie in the range where it has all ports that need no right, and are ports in any case', () => {
    const ports = listProbePorts({ first: 1024, last: 65_535 });
    expect(ports.slice(0, 10).every((port) => port >= 1024)).toBe(true);
    expect(new Set(ports).size).toBe(ports.length);
    expect(ports.every((port) => port > 0 && port <= 65_535)).toBe(true);
  });
});
