/** Against real sockets: unix datagrams, UDP and TCP. */
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatJournal, formatLocal, formatSyslog } from '../../../../daemon/notify/syslog/record.js';
import { createSyslogChannel } from '../../../../daemon/notify/syslog/syslog-channel.js';
import { receiveDatagrams } from '../../../builders/datagram-socket.js';
import { createTestDial } from '../../../builders/dial.js';
import { documentedMessages } from '../../../builders/documented-messages.js';
import { readDocument } from '../../../builders/notification-schema.js';

const [FIRST, RESOLVED] = documentedMessages({ recipient: 'syslog' });
const notification = readDocument(FIRST);

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-syslog-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'log');
}

function receiveAt(path: string) {
  const receiver = receiveDatagrams(path);
  onTestFinished(() => receiver.close());
  return receiver;
}

/** The fields of a datagram of the journal, by name. */
function readJournal(data: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < data.length;) {
    const end = data.indexOf(10, at);
    const line = data.toString('utf8', at, end);
    const equals = line.indexOf('=');
    if (equals >= 0) {
      fields.set(line.slice(0, equals), line.slice(equals + 1));
      at = end + 1;
    } else {
      const length = Number(data.readBigUInt64LE(end + 1));
      fields.set(line, data.toString('utf8', end + 9, end + 9 + length));
      expect(data[end + 9 + length]).toBe(10);
      at = end + 10 + length;
    }
  }
  return fields;
}

describe('the log of this host', () => {
  it('takes a record in the local format', async () => {
    const path = socketPath();
    const receiver = receiveAt(path);
    const channel = createSyslogChannel({ target: { kind: 'local', path } }, createTestDial());
    expect(await channel.selfTest?.()).toEqual({ ok: true, response: 'the socket is there' });
    expect(await channel.send(FIRST)).toEqual({ ok: true, response: 'written' });
    const record = await receiver.next();
    // daemon.crit
    expect(record).toMatch(
      /^<26>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d portcast\[\d+\]: \[portcast CRITICAL, full in 28 s\] web-1: ports to 10/,
    );
    expect(record).toContain('kind="first" severity="critical" state="open" host="web-1"');
    await channel.send(RESOLVED);
    expect(await receiver.next()).toMatch(/^<29>/);
  });

  it('takes a record in the protocol of the journal', async () => {
    const path = socketPath();
    const receiver = receiveAt(path);
    expect(
      await createSyslogChannel({ target: { kind: 'journal', path } }, createTestDial()).send(FIRST),
    ).toMatchObject({ ok: true });
    expect(await receiver.next()).toContain('PORTCAST_KIND=first\n');
    const fields = readJournal(formatJournal(notification));
    expect(Object.fromEntries(fields)).toMatchObject({
      PRIORITY: '2',
      SYSLOG_IDENTIFIER: 'portcast',
      PORTCAST_INCIDENT: notification.incidentId,
      PORTCAST_DESTINATION: '10.0.0.2:443',
      PORTCAST_TEXT: notification.text,
    });
    expect(fields.get('MESSAGE_ID')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('says what is missing', async () => {
    const path = socketPath();
    const channel = createSyslogChannel({ target: { kind: 'local', path } }, createTestDial());
    expect(await channel.send(FIRST)).toEqual({
      ok: false,
      retry: true,
      error: `${path} does not exist: no such service runs here`,
    });
    receiveDatagrams(path).close();
    expect(await channel.send(FIRST)).toMatchObject({
      retry: true,
      error: expect.stringContaining('has no reader') as string,
    });
  });

  it('does not wait for a reader that is behind', async () => {
    const path = socketPath();
    receiveAt(path);
    const channel = createSyslogChannel({ target: { kind: 'local', path } }, createTestDial());
    let outcome = await channel.send(FIRST);
    for (let sent = 0; sent < 10_000 && outcome.ok; sent++) outcome = await channel.send(FIRST);
    expect(outcome).toMatchObject({ retry: true, error: expect.stringContaining('takes no more') as string });
  });
});

describe('a log server', () => {
  it('takes a record of RFC 5424 in one UDP datagram', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    onTestFinished(() => void socket.close());
    const received = new Promise<string>((resolve) => socket.once('message', (data) => resolve(data.toString('utf8'))));
    const target = { protocol: 'udp', host: '127.0.0.1', port: socket.address().port } as const;
    expect(await createSyslogChannel({ target }, createTestDial()).send(FIRST)).toMatchObject({ ok: true });
    const record = await received;
    expect(record).toBe(formatSyslog(notification, process.pid));
    expect(record).toMatch(
      /^<26>1 \d{4}-\d\d-\d\dT[\d:.]+Z web-1 portcast \d+ first \[portcast@32473 kind="first" .*\] \ufeff\[portcast CRITICAL/,
    );
    expect(Buffer.byteLength(record)).toBeLessThan(2048);
  });

  it.each(['closes', 'stays open'])('takes a record with its length by TCP, where it %s', async (how) => {
    let data = '';
    const server = createServer({ allowHalfOpen: how === 'stays open' }, (socket) => {
      socket.on('data', (chunk) => (data += chunk.toString('utf8')));
      onTestFinished(() => void socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const target = { protocol: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port } as const;
    expect(await createSyslogChannel({ target }, createTestDial()).send(FIRST)).toMatchObject({ ok: true });
    const record = formatSyslog(notification, process.pid);
    expect(data).toBe(`${Buffer.byteLength(record)} ${record}`);
  });

  it('is tried again where nothing listens, where it resets, and where its name is not known', async () => {
    const server = createServer((socket) => socket.resetAndDestroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const tcp = { protocol: 'tcp', host: '127.0.0.1', port } as const;
    expect(await createSyslogChannel({ target: tcp }, createTestDial()).send(FIRST)).toMatchObject({
      ok: false,
      retry: true,
    });
    await new Promise((resolve) => server.close(resolve));
    expect(await createSyslogChannel({ target: tcp }, createTestDial()).send(FIRST)).toEqual({
      ok: false,
      retry: true,
      error: `tcp://127.0.0.1:${port} refuses connections: nothing listens there`,
    });
    const nowhere = { protocol: 'udp', host: 'nowhere.invalid', port: 514 } as const;
    expect(await createSyslogChannel({ target: nowhere }, createTestDial()).send(FIRST)).toMatchObject({
      ok: false,
      retry: true,
    });
  });
});

it('makes one record of any string of the host', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const options = { hostName: `h${text}`, processes: [text], destination: text, advice: text };
      for (const message of documentedMessages({ ...options, recipient: 'syslog' })) {
        const document = readDocument(message);
        for (const record of [formatSyslog(document, 1), formatLocal(document, 1)]) {
          expect(record.replace('\ufeff', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
          // Each value ends where it should: what is quoted has no bare quote, bracket or backslash.
          const values = /\[portcast@32473((?: [a-zA-Z]+="(?:[^"\\\]]|\\["\\\]])*")+)\]/.exec(record)?.[1] ?? '';
          const names = [...values.matchAll(/ ([a-zA-Z]+)="(?:[^"\\\]]|\\["\\\]])*"/g)].map(([, name]) => name);
          expect(names.slice(0, 4)).toEqual(['kind', 'severity', 'state', 'host']);
          expect(new Set(names).size).toBe(names.length);
        }
        const fields = readJournal(formatJournal(document));
        expect([...fields.keys()].every((name) => /^[A-Z_]+$/.test(name))).toBe(true);
        expect(fields.get('MESSAGE')).not.toContain('\n');
        expect([...fields.keys()].filter((name) => !name.startsWith('PORTCAST_')).sort()).toEqual([
          'MESSAGE',
          'MESSAGE_ID',
          'PRIORITY',
          'SYSLOG_FACILITY',
          'SYSLOG_IDENTIFIER',
        ]);
      }
    }),
    { numRuns: 100 },
  );
});
