import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMail, type RenderedMail } from '../../../../daemon/notify/message/render.js';
import { poolForecast } from '../../../builders/forecasts.js';
import { fired, mailContext } from '../../../builders/messages.js';

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        '<script>',
        '</td>',
        '"',
        "'",
        '&amp;',
        '\r\n',
        '\u202e',
        '\u2066',
        '\u200b',
        '\ud800',
        '<!-- notice -->',
        'javascript:',
      ),
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join(''));

/** The mail about a pool whose strings are all `text`. */
function renderWith(text: string): RenderedMail {
  const change = fired({
    summary: text,
    owners: { processes: [{ pid: 1, name: text, confidence: 1 }], why: text },
    latest: poolForecast({ namespace: text, why: text }),
  });
  const remedies = [
    { title: text, detail: text },
    { title: text, detail: text },
  ];
  return renderMail(change, mailContext({ hostName: text, dashboardUrl: 'http://localhost:1/', remedies }));
}

/** Every tag and comment. */
function listTags({ html }: RenderedMail): string[] {
  const tags = html.match(/<[^>]*>/g) ?? [];
  expect(tags.length).toBeGreaterThan(50);
  return tags;
}

describe('strings from the host', () => {
  it('never become markup, a line of their own, or a change of direction', () => {
    const plainTags = listTags(renderWith('web'));
    fc.assert(
      fc.property(hostile, (text) => {
        const mail = renderWith(text);
        expect(listTags(mail)).toEqual(plainTags);
        expect(mail.subject).not.toMatch(INVISIBLE);
        expect(mail.text.replaceAll('\n', '')).not.toMatch(INVISIBLE);
        expect(mail.html.replaceAll('\n', '')).not.toMatch(INVISIBLE);
      }),
      { numRuns: 300 },
    );
  });

  it('are cut when they are long', () => {
    const mail = renderMail(fired(), mailContext({ hostName: 'x'.repeat(5000) }));
    expect(mail.subject.length).toBeLessThanOrEqual(160);
    expect(mail.html.length).toBeLessThan(20_000);
  });
});

describe('the link to the dashboard', () => {
  it('is in both parts where it is http or https', () => {
    const mail = renderMail(fired(), mailContext({ dashboardUrl: 'https://portcast.example.org/' }));
    expect(mail.html).toContain('href="https://portcast.example.org/"');
    expect(mail.text).toContain('Dashboard: https://portcast.example.org/');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'nonsense', ''])('is left out for %j', (dashboardUrl) => {
    const mail = renderMail(fired(), mailContext({ dashboardUrl }));
    expect(mail.html).not.toContain('href');
    expect(mail.text).not.toContain('Dashboard:');
  });
});
