import { describe, expect, it } from 'vitest';
import { createTraceDecoder } from '../../../../../daemon/source/linux/tracing/trace-pipe.js';
import { BIND_LINE, connectLine } from '../../../../builders/trace-pipe.js';

const decode = (text: string) => createTraceDecoder().decode(Buffer.from(text));

describe('the decoder of trace_pipe', () => {
  it('reads instant, thread and addresses of a failed connect', () => {
    expect(decode(connectLine())).toEqual({
      events: [
        {
          kind: 'connect',
          localAddress: '10.77.0.1',
          remoteAddress: '10.77.0.2',
          remotePort: 7000,
          monotonicMs: 10_309_537.832,
          threadId: 10_464,
          threadName: 'python3',
        },
      ],
      lost: 0,
      malformed: 0,
    });
  });

  it.each([
    ['IPv6', { family: 'AF_INET6', saddr: 'fd77::1', daddr: 'fd77:0:0:0:0:0:0:2' }, 'fd77::1', 'fd77::2'],
    ['v4-mapped', { family: 'AF_INET6', saddr: '::ffff:10.77.0.1' }, '10.77.0.1', '10.77.0.2'],
    ['loopback', { family: 'AF_INET6', saddr: '::1', daddr: '::1' }, '::1', '::1'],
  ])('writes %s addresses as the socket table does', (_, fields, localAddress, remoteAddress) => {
    expect(decode(connectLine(fields)).events).toMatchObject([{ localAddress, remoteAddress }]);
  });

  it.each([
    'a b-7 [000]',
    'x: y',
    '-1-2',
    'ключ',
    '<...>',
    ': sys_bind -> x',
    'a\rb\r',
    'a\u2028b\u2029',
    'tab\tend\t',
    'a\nb',
    '\n\n\n',
    'x\n-7 [0] 1.5: y',
    'CPU:1 [LOST 5\n',
  ])('reads the thread name %s unchanged', (comm) => {
    expect(decode(connectLine({ comm })).events).toMatchObject([{ threadName: comm, threadId: 10_464 }]);
  });

  it('reads a name that is no UTF-8, as where the kernel has cut it within a character', () => {
    const line = Buffer.from(connectLine({ comm: 'ab' }));
    line.set([0xff, 0xd0], line.indexOf('ab'));
    expect(createTraceDecoder().decode(line)).toMatchObject({ events: [{ threadName: '\ufffd\ufffd' }], malformed: 0 });
  });

  it.each([
    ['four columns of flags, as Linux 5.10 prints them', '....'],
    ['five columns', '...1.'],
    ['letters among the flags', 'dNLs2'],
  ])('reads %s', (_, flags) => {
    expect(decode(connectLine().replace(' ..... ', ` ${flags} `)).events).toMatchObject([{ threadId: 10_464 }]);
  });

  it('reads an event without columns of flags, and one without IPv6 fields', () => {
    expect(decode(connectLine().replace(' ..... ', ' ')).events).toHaveLength(1);
    const withoutIpv6 = connectLine()
      .replace(/ saddrv6=\S+ daddrv6=\S+/, '')
      .replaceAll('addr=0.0.0.0', 'addr=10.0.0.9');
    expect(decode(withoutIpv6).events).toMatchObject([{ localAddress: '10.0.0.9', remoteAddress: '10.0.0.9' }]);
  });

  it.each([' ', '-', '-1 ', '-1 [0] ', ': sys_bind -> ', 'a\r'])(
    'counts a line of 3 MB of %j as malformed, in a time that grows with its length only',
    (text) => {
      const line = text.repeat(3e6 / text.length);
      expect(decode(`${line}\n${connectLine()}`)).toMatchObject({ events: [{ kind: 'connect' }], malformed: 1 });
    },
  );

  it('reads a bind that failed with EADDRINUSE, without an address', () => {
    const { events } = decode(BIND_LINE);
    expect(events).toMatchObject([{ kind: 'bind', localAddress: null, remoteAddress: null, remotePort: null }]);
    expect(decode(BIND_LINE.replace('ffffff9e', 'fffffff3'))).toMatchObject({ events: [], malformed: 1 });
  });

  it('joins lines that a read has cut, even within a character', () => {
    const decoder = createTraceDecoder();
    const bytes = Buffer.from(connectLine({ comm: 'ключ' }) + BIND_LINE);
    const events = [...bytes].flatMap((byte) => decoder.decode(Uint8Array.of(byte)).events);
    expect(events.map(({ kind, threadName }) => [kind, threadName])).toEqual([
      ['connect', 'ключ'],
      ['bind', 'python3'],
    ]);
  });

  it('counts lost events and malformed lines, and reads the lines after them', () => {
    const malformed = [
      'nonsense\n',
      connectLine({ sport: 20_000 }),
      connectLine({ to: 'TCP_ESTABLISHED' }),
      connectLine({ daddr: '::x' }),
    ];
    const text = `CPU:1 [LOST 5 EVENTS]\n${malformed.join('')}CPU:0 [LOST EVENTS]\n${connectLine()}`;
    expect(decode(text)).toMatchObject({ events: [{ kind: 'connect' }], lost: 6, malformed: 4 });
  });

  it('keeps a bounded part of a line that does not end', () => {
    const decoder = createTraceDecoder();
    for (let chunk = 0; chunk < 100; chunk += 1) decoder.decode(Buffer.alloc(65_536, 'x'));
    const { events, malformed } = decoder.decode(Buffer.from(`\n${connectLine()}`));
    expect([events, malformed]).toMatchObject([[{ kind: 'connect' }], 1]);
  });
});
