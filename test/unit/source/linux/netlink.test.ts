import { describe, expect, it } from 'vitest';
import { PortcastError } from '../../../../daemon/errors.js';
import type { DiagSocket } from '../../../../daemon/source/linux/netlink-native.js';
import { createDumper, createNetlinkSource } from '../../../../daemon/source/linux/netlink.js';
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

/** A kernel that answers each dump by its script; a script that ends without DONE times out. */
function kernel(scripts: Script[]): { open: () => DiagSocket; log: string[] } {
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
  it('keeps one socket for all dumps', async () => {
    const { open, log } = kernel([good, good]);
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
  const long: Script = [
    (seq) => datagram(...Array.from({ length: 60 }, () => row({ seq }))),
    ...Array.from({ length: 80 }, () => (seq: number) => datagram(...Array.from({ length: 60 }, () => row({ seq })))),
    (seq) => status(3, 0, { seq }),
  ];
  const BOUND_LINE = '0.0.0.0 777 > 0.0.0.0 0 state 13 timer 0 0';

  it('shows sockets that are bound and not connected with every dump of a short table', async () => {
    const { open, log } = kernel([bound, good, bound, good]);
    const source = createNetlinkSource(createDumper(open), true);
    for (let dump = 0; dump < 2; dump++) {
      const sink = rowLog();
      await source.dump(sink);
      expect(sink.lines).toHaveLength(3);
      expect(sink.lines).toContain(BOUND_LINE);
    }
    expect(log).toEqual(['open', 'dump 1', 'dump 2', 'dump 3', 'dump 4']);
  });

  it('walks them with every fifth dump of a long table, and shows the last ones meanwhile', async () => {
    const { open, log } = kernel([bound, long, long, long, long, long, bound, long]);
    const source = createNetlinkSource(createDumper(open), true);
    for (let dump = 0; dump < 6; dump++) {
      const sink = rowLog();
      await source.dump(sink);
      expect(sink.lines.filter((line) => line === BOUND_LINE)).toHaveLength(1);
    }
    expect(log).toHaveLength(9);
  });

  it('makes an interrupted dump again, from nothing', async () => {
    const { open, log } = kernel([interrupted, good]);
    const sink = rowLog();
    expect(await createNetlinkSource(createDumper(open), false).dump(sink)).toEqual({ interrupted: false });
    expect(sink.lines).toHaveLength(2);
    expect(log).toEqual(['open', 'dump 1', 'dump 2']);
  });

  it('says so when the second is interrupted as well', async () => {
    const { open, log } = kernel([interrupted, interrupted, good]);
    const sink = rowLog();
    expect(await createNetlinkSource(createDumper(open), false).dump(sink)).toEqual({ interrupted: true });
    expect(sink.lines).toHaveLength(1);
    expect(log).toEqual(['open', 'dump 1', 'dump 2']);
  });

  it.each<[string, Script, string]>([
    ['an error', [(seq) => status(2, -12, { seq })], 'SOURCE_UNAVAILABLE'],
    ['silence in the middle of a dump', [(seq) => row({ seq })], 'SOURCE_TIMEOUT'],
  ])('after %s it takes a fresh socket, so nothing half-read is left', async (_name, script, code) => {
    const { open, log } = kernel([script, good]);
    const source = createNetlinkSource(createDumper(open), false);
    const sink = rowLog();
    expect(() => source.dump(sink)).toThrow(expect.objectContaining({ code }));
    await source.dump(sink);
    expect(sink.lines).toHaveLength(2);
    expect(log).toEqual(['open', 'dump 1', 'close', 'open', 'dump 2']);
  });
});
