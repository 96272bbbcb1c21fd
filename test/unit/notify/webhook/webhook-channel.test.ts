import { createHmac } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWebhookChannel, type WebhookOptions } from '../../../../daemon/notify/webhook/webhook-channel.js';
import { documentedMessages } from '../../../builders/documented-messages.js';
import { T0 } from '../../../builders/forecasts.js';
import { answerWith, startReceiver, targetOf } from '../../../builders/http-receiver.js';
import { readDocument } from '../../../builders/notification-schema.js';
import { requireValue } from '../../../builders/require-value.js';

const PATH = '/services/T000/B000/s3cr3tsecret';
const [MESSAGE] = documentedMessages();

function openChannel(url: string, changes: Partial<WebhookOptions> = {}) {
  return createWebhookChannel({ ...targetOf(url), secret: null, ...changes }, () => T0);
}

/** A server that speaks no HTTP, or badly. */
async function startRaw(onConnection: Parameters<typeof createServer>[1]): Promise<string> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection?.(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the webhook', () => {
  it('posts the stored document, signed, with its id', async () => {
    const receiver = await startReceiver();
    const channel = openChannel(`${receiver.url}${PATH}`, { secret: 'key', headers: { 'X-Team': 'ops' } });
    expect(await channel.send(MESSAGE)).toEqual({ ok: true, response: '200 ok' });
    const { path, headers, body } = requireValue(receiver.requests[0]);
    expect(path).toBe(PATH);
    expect(body).toBe(MESSAGE.document);
    expect(readDocument({ document: body }).messageId).toBe(MESSAGE.messageId);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': MESSAGE.messageId,
      'x-team': 'ops',
      'x-portcast-timestamp': String(T0 / 1000),
    });
    const expected = createHmac('sha256', 'key')
      .update(`${T0 / 1000}.${body}`)
      .digest('hex');
    expect(headers['x-portcast-signature']).toBe(`sha256=${expected}`);
  });

  it('is not signed without a secret', async () => {
    const receiver = await startReceiver();
    await openChannel(receiver.url).send(MESSAGE);
    expect(receiver.requests[0]?.headers).not.toHaveProperty('x-portcast-signature');
  });

  it.each([
    [200, true, undefined],
    [204, true, undefined],
    [400, false, false],
    [413, false, false],
    [422, false, false],
    [401, false, true],
    [403, false, true],
    [404, false, true],
    [408, false, true],
    [410, false, true],
    [425, false, true],
    [429, false, true],
    [500, false, true],
    [503, false, true],
  ])('takes the status %i for: accepted %s, another attempt %s', async (status, ok, retry) => {
    const receiver = await startReceiver(answerWith(status, status === 204 ? '' : 'some words'));
    const outcome = await openChannel(receiver.url).send(MESSAGE);
    expect(outcome).toMatchObject({ ok, ...(retry === undefined ? {} : { retry }) });
    if (!outcome.ok) expect(outcome.error).toBe(`${receiver.url} answered ${status} some words`);
  });

  it('passes on how long the other side asks to wait', async () => {
    const receiver = await startReceiver(answerWith(429, '', { 'Retry-After': '120' }));
    expect(await openChannel(receiver.url).send(MESSAGE)).toMatchObject({ retry: true, retryAfterMs: 120_000 });
  });

  it.each(['https://elsewhere.example.org/x/s3cr3tother', '/login'])('does not follow a redirect to %s', async (to) => {
    const receiver = await startReceiver(answerWith(302, '', { Location: to }));
    const outcome = await openChannel(receiver.url).send(MESSAGE);
    expect(outcome).toMatchObject({ ok: false, retry: true });
    const where = to.startsWith('/') ? 'to another path' : 'to https://elsewhere.example.org;';
    expect(outcome).toHaveProperty('error', expect.stringContaining(where));
    expect(JSON.stringify(outcome)).not.toContain('s3cr3t');
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('a webhook that does not work', () => {
  const send = (url: string, timeoutMs = 300) => openChannel(url, { timeoutMs }).send(MESSAGE);

  it('is given up on after the time limit, where nothing is answered', async () => {
    const url = await startRaw(() => undefined);
    expect(await send(url)).toEqual({ ok: false, retry: true, error: `${url} did not answer within 300 ms` });
  });

  it('is given up on, where the head comes one byte at a time', async () => {
    const url = await startRaw((socket) => {
      const timer = setInterval(() => socket.write('H'), 50);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await send(url)).toMatchObject({ ok: false, retry: true });
  });

  it('has accepted the message, where only the body never ends', async () => {
    const url = await startRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n');
    });
    expect(await send(url)).toEqual({ ok: true, response: '200 o' });
  });

  it('is read no further than its bound', async () => {
    let written = 0;
    const receiver = await startReceiver((response) => {
      response.writeHead(500);
      const more = (): void => {
        while (written < 2 ** 28 && response.write('x'.repeat(2 ** 16))) written += 2 ** 16;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const outcome = await openChannel(receiver.url).send(MESSAGE);
    expect(outcome).toMatchObject({ ok: false, retry: true });
    expect(written).toBeLessThan(2 ** 26);
    if (!outcome.ok) expect(outcome.error.length).toBeLessThan(300);
  });

  it('is described by what it does: a reset, no HTTP, an upgrade, nothing there', async () => {
    const reset = await startRaw((socket) => socket.resetAndDestroy());
    const other = await startRaw((socket) => socket.write('220 smtp ready\r\n'));
    expect(await send(reset)).toMatchObject({
      retry: true,
      error: `${reset} closed the connection before it had answered`,
    });
    expect(await send(other)).toHaveProperty('error', expect.stringContaining('does not answer in HTTP'));
    expect(await send('http://127.0.0.1:1')).toHaveProperty('error', expect.stringContaining('refuses connections'));
    const switching = await startRaw((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    );
    expect(await send(switching)).toMatchObject({ ok: false, retry: true });
  });

  it('is not waited for when the daemon stops', async () => {
    const channel = openChannel(await startRaw(() => undefined), { timeoutMs: 60_000 });
    const sending = channel.send(MESSAGE);
    channel.close();
    const stopped = { ok: false, retry: true, error: expect.stringContaining('portcast stops') as string };
    expect(await sending).toEqual(stopped);
    expect(await channel.send(MESSAGE)).toEqual(stopped);
  });

  it('may say 100 Continue before it answers', async () => {
    const url = await startRaw((socket) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    expect(await send(url)).toEqual({ ok: true, response: '200 ok' });
  });

  it('is refused where its certificate is not trusted, or where it speaks no TLS', async () => {
    const tls = await startReceiver(undefined, { tls: true });
    const outcome = await send(tls.url, 5000);
    expect(outcome).toMatchObject({ ok: false, retry: true });
    expect(outcome).toHaveProperty('error', expect.stringMatching(/certificate.*NODE_EXTRA_CA_CERTS/));
    expect(tls.requests).toEqual([]);
    const plain = await startReceiver();
    const wrong = await send(plain.url.replace('http:', 'https:'), 5000);
    expect(wrong).toHaveProperty('error', expect.stringContaining('does not speak TLS'));
  });

  it('never shows the path of its URL, even where the other side repeats it', async () => {
    const words = `no such hook: ${PATH} ${encodeURIComponent(PATH)} s3cr3tsecret?token=abcdefgh`;
    for (const status of [200, 404, 500]) {
      const receiver = await startReceiver(answerWith(status, words));
      const outcome = await openChannel(`${receiver.url}${PATH}?token=abcdefgh`).send(MESSAGE);
      expect(JSON.stringify(outcome)).not.toMatch(/s3cr3t|abcdefgh|T000%2F/);
    }
    expect(JSON.stringify(await send(`http://127.0.0.1:1${PATH}`))).not.toContain('s3cr3t');
  });

  it('is quoted without control characters', async () => {
    const receiver = await startReceiver(answerWith(500, 'a\u001b[31mb\r\nc\u202e'));
    const outcome = await openChannel(receiver.url).send(MESSAGE);
    expect(outcome.ok ? '' : outcome.error).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

it('sends any string of the host as JSON, and none of them in a header', async () => {
  const receiver = await startReceiver();
  const channel = openChannel(receiver.url, { secret: 'key' });
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 30 }), async (text) => {
      const hostName = `h${text}`;
      const [message] = documentedMessages({ hostName, processes: [text], destination: text, advice: text });
      expect((await channel.send(message)).ok).toBe(true);
      const { headers, body } = requireValue(receiver.requests.at(-1));
      expect(readDocument({ document: body }).messageId).toBe(message.messageId);
      expect(Object.keys(headers).sort()).toEqual(Object.keys(requireValue(receiver.requests[0]).headers).sort());
    }),
    { numRuns: 60 },
  );
});
