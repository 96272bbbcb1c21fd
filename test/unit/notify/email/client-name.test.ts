import { describe, expect, it, onTestFinished } from 'vitest';
import { isClientName } from '../../../../daemon/mail-address.js';
import { chooseClientName, findClientName } from '../../../../daemon/notify/email/client-name.js';
import { smtpDialogue, startBrokenServer } from '../../../builders/broken-mail-server.js';
import { sendMail } from '../../../builders/mail-server.js';

const chooseFor = (
  hostName: string,
  senderDomain: string,
  addresses: string[] = ['192.0.2.7', '2001:db8::7'],
): string => chooseClientName({ hostName, senderDomain, addresses });

describe('the name for EHLO', () => {
  it.each([
    ['the host, where that has a domain', 'web-1.example.net', 'example.org', 'web-1.example.net'],
    ['the domain of the sender for a single word', 'web-1', 'example.org', 'example.org'],
    ['the same for the random name of a container', '9f2c1ab34de5', 'example.org', 'example.org'],
    ['the same for localhost', 'localhost', 'example.org', 'example.org'],
    ['the same for localhost.localdomain', 'localhost.localdomain', 'example.org', 'example.org'],
    ['the same for a name that is no host name', 'web_1.example.net', 'example.org', 'example.org'],
    ['the same for a name of a private network', 'ip-10-0-0-1.ec2.internal', 'example.org', 'example.org'],
    [
      'the private name where the sender has no public one',
      'web-1.corp.internal',
      'corp.internal',
      'web-1.corp.internal',
    ],
    ['the private domain of the sender', 'web-1', 'corp.internal', 'corp.internal'],
    ['the address where there is no name', 'web-1', 'localhost', '[192.0.2.7]'],
    ['the same for a sender at an address', 'web-1', '10.0.0.1', '[192.0.2.7]'],
    ['without the dot at its end', 'Web-1.Example.net.', 'example.org', 'web-1.example.net'],
  ])('is %s', (_title, hostName, senderDomain, name) => {
    expect(chooseFor(hostName, senderDomain)).toBe(name);
    expect(isClientName(name)).toBe(true);
  });

  it('is an IPv6 literal where the host has no IPv4 address, and loopback where it has none', () => {
    expect(chooseFor('web-1', 'localhost', ['2001:db8::7'])).toBe('[IPv6:2001:db8::7]');
    expect(chooseFor('web-1', 'localhost', [])).toBe('[127.0.0.1]');
  });

  it('is valid on this host', () => {
    expect(isClientName(findClientName('root@localhost'))).toBe(true);
    expect(findClientName('portcast@example.org')).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
  });
});

/** Refuses every name but one, as a relay does that wants a full name, and closes the connection. */
const wantName = (name: string) =>
  startBrokenServer(
    smtpDialogue({
      ehlo: (socket, command) => {
        if (command === `EHLO ${name}`) socket.write('250 test\r\n');
        else socket.end('421 4.7.0 Try again later, closing connection. (EHLO)\r\n');
      },
    }),
  );

describe('a server that refuses the name', () => {
  it('gets the configured one', async () => {
    const server = await wantName('web-1.example.net');
    onTestFinished(() => server.close());
    expect(await sendMail({ port: server.port, name: 'web-1.example.net' })).toMatchObject({ ok: true });
    const refused = await sendMail({ port: server.port, name: 'web-2.example.net' });
    expect(refused).toMatchObject({
      ok: false,
      retry: true,
      error: `the mail server 127.0.0.1:${server.port} refused the name web-2.example.net that portcast gives itself (EHLO); set mail.smtp.name to a name that it takes: 421 4.7.0 Try again later, closing connection. (EHLO)`,
    });
  });

  it.each([
    ['with a reply', '550 5.7.1 bad name', /refused the name a\.example\.net .*\(HELO\); set mail\.smtp\.name .*: 550/],
    ['with a reply, and closes', 'close after 550', /refused the name a\.example\.net .*\(EHLO\).*: 550 no/],
    [
      'by closing the connection',
      'close',
      /closed the connection in reply to the name a\.example\.net .*mail\.smtp\.name/,
    ],
    ['with an unknown command', '500 what?', /is not a mail server: it knows neither EHLO nor HELO: 500 what\?/],
  ])('%s is tried again, and the error names the name', async (_title, reply, error) => {
    const server = await startBrokenServer((socket) => {
      socket.write('220 test\r\n');
      socket.on('data', () => {
        if (reply === 'close') socket.destroy();
        else if (reply === 'close after 550') socket.end('550 no\r\n');
        else socket.write(`${reply}\r\n`);
      });
    });
    onTestFinished(() => server.close());
    const outcome = await sendMail({ port: server.port, name: 'a.example.net' });
    expect(outcome).toMatchObject({ ok: false, retry: true, error: expect.stringMatching(error) as string });
  });

  it('only at RCPT, as Postfix does, is told the name too', async () => {
    const rcpt = '504 5.5.2 <web-1>: Helo command rejected: need fully-qualified hostname';
    const server = await startBrokenServer(smtpDialogue({ rcpt }));
    onTestFinished(() => server.close());
    expect(await sendMail({ port: server.port, name: 'a.example.net' })).toMatchObject({
      ok: false,
      retry: true,
      error: expect.stringContaining(`${rcpt} (portcast gives the name a.example.net, see mail.smtp.name)`) as string,
    });
  });
});
