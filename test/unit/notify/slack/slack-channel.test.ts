import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlackChannel } from '../../../../daemon/notify/slack/slack-channel.js';
import { renderSlack } from '../../../../daemon/notify/slack/slack-message.js';
import { createDigest, createMessage, createTest } from '../../../../daemon/notify/message/outbox-messages.js';
import { documentedMessages } from '../../../builders/documented-messages.js';
import type { Advice } from '../../../../daemon/notify/message/advice.js';
import { answerWith, startReceiver, targetOf } from '../../../builders/http-receiver.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { mailContext } from '../../../builders/messages.js';
import { readDocument } from '../../../builders/notification-schema.js';
import { requireValue } from '../../../builders/require-value.js';

const [FIRST, RESOLVED] = documentedMessages({ recipient: 'slack' });
const render = (message: Parameters<typeof readDocument>[0]) => renderSlack(readDocument(message));

const OWN_LINKS = /<http:\/\/127\.0\.0\.1:9470\/#\/(?:incidents|pool)\/[^\s|<>]*\|(?:Incident|Pool)>/g;

describe('a message for Slack', () => {
  it('has the answer first, the figures as fields, the remedies as code, and a link', () => {
    const { text, attachments } = render(FIRST);
    const [{ color, text: body, fields }] = attachments;
    expect(text).toBe('[portcast CRITICAL, full in 28 s] web-1: ports to 10.0.0.2:443');
    expect(body.startsWith(readDocument(FIRST).summary)).toBe(true);
    expect(body).toMatch(/\n`sysctl -w [^`]+`/);
    expect(body).toMatch(/<http:\/\/127\.0\.0\.1:9470\/#\/incidents\/[^|>]+\|Incident>/);
    expect(color).toBe('#c62828');
    expect(fields.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Host', 'Severity', 'Destination', 'Runs out', 'Processes']),
    );
  });

  it('has another colour and how long it lasted when it is over', () => {
    const [{ color, fields }] = render(RESOLVED).attachments;
    expect(color).toBe('#2e7d32');
    expect(fields.find(({ title }) => title === 'Severity')?.value).toBe('critical, resolved');
    expect(fields.some(({ title }) => title === 'Lasted')).toBe(true);
  });

  it('also tells a test and a digest', () => {
    const options = { domain: '', context: mailContext() };
    expect(render(createTest('slack', 'x', options)).text).toContain('test message');
    const held = [{ atMs: 0, incidentId: 'i', kind: 'first' as const }];
    expect(render(createDigest({ recipient: 'slack', held, known: [] }, options)).attachments[0].text).toContain(
      'i: began',
    );
  });

  it('stays within the limits of Slack', () => {
    const scene = incidentScene();
    const long = 'x'.repeat(20_000);
    for (let pool = 0; pool < 500; pool++) scene.fire({ pool: `p${pool}`, processes: [`${long}${pool}`] });
    const notice = requireValue(scene.step()[0]);
    const remedies = Array.from({ length: 100 }, (): Advice => ({ title: long, detail: long, commands: [long] }));
    const context = mailContext({ hostName: long, remedies });
    const message = render(createMessage({ recipient: 'slack', notice }, { domain: '', context }));
    const [{ text, fields }] = message.attachments;
    expect([message.text, text].every((part) => part.length <= 3000)).toBe(true);
    expect(fields.length).toBeLessThan(50);
    expect(fields.every(({ value }) => value.length <= 3000)).toBe(true);
  });
});

describe('no string of the host', () => {
  const hostile = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 5 }),
        fc.constantFrom(
          '<!channel>',
          '<@U1>',
          '@all',
          '@here',
          '](',
          '![x](http://e.x/)',
          '`',
          '```',
          '|',
          '&lt;',
          '>',
          'https://e.x/',
        ),
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''));

  it('becomes a mention, a link, an image or code of its own', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [message] = documentedMessages({
          hostName: `h${text}`,
          processes: [text],
          destination: text,
          advice: text,
        });
        const { text: subject, attachments } = render(message);
        const [{ text: body, fields, footer, fallback }] = attachments;
        for (const part of [subject, body, footer, fallback, ...fields.map(({ value }) => value)]) {
          // What is left without code and our own links is text.
          const plain = part.replace(/`[^`]*`/g, '').replace(OWN_LINKS, '');
          expect(plain).not.toMatch(/[<>`]|@(?!\u200b)|\]\(|:\/\//u);
          expect(plain.replace(/&(?:amp|lt|gt);/g, '')).not.toMatch(/&/);
          expect(part.replace(OWN_LINKS, '')).not.toMatch(/[<>]/);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the channel', () => {
  it('is told by the words of the other side why a message was not taken', async () => {
    const receiver = await startReceiver(answerWith(200, 'ok'));
    const channel = createSlackChannel(targetOf(`${receiver.url}/services/T0/B0/verysecret`));
    expect(await channel.send(FIRST)).toEqual({ ok: true, response: '200 ok' });
    expect(JSON.parse(requireValue(receiver.requests[0]).body)).toEqual(render(FIRST));
    receiver.answer = answerWith(404, 'no_service');
    expect(await channel.send(FIRST)).toEqual({
      ok: false,
      retry: true,
      error: `${receiver.url} answered 404 no_service`,
    });
    receiver.answer = answerWith(410, 'channel_is_archived');
    expect(await channel.send(FIRST)).toMatchObject({ retry: true });
    receiver.answer = answerWith(400, 'invalid_payload');
    expect(await channel.send(FIRST)).toMatchObject({ retry: false, refused: 'message' });
    receiver.answer = answerWith(429, 'rate_limited', { 'Retry-After': '30' });
    expect(await channel.send(FIRST)).toMatchObject({ retry: true, retryAfterMs: 30_000 });
  });
});
