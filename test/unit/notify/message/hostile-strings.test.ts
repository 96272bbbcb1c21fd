import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMail } from '../../../../daemon/notify/message/render.js';
import { poolForecast } from '../../../builders/forecasts.js';
import { fired, mailContext } from '../../../builders/messages.js';

describe('strings from the host', () => {
  const hostile = fc.array(
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
  );

  it('never become markup, nor a line or direction of their own', () => {
    const [plainTags] = tagsOf('web');
    fc.assert(
      fc.property(hostile, (parts) => {
        const text = parts.join('');
        const [tags, mail] = tagsOf(text);
        expect(tags).toEqual(plainTags);
        expect(mail.subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(mail.text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(mail.html.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
      { numRuns: 300 },
    );
  });

  /** Every tag and comment of the mail about a pool whose strings are all `text`. */
  function tagsOf(text: string): [string[], ReturnType<typeof renderMail>] {
    const change = fired({
      summary: text,
      owners: { processes: [{ pid: 1, name: text, confidence: 1 }], why: text },
      latest: poolForecast({ namespace: text, why: text }),
    });
    const remedies = [
      { title: text, detail: text },
      { title: text, detail: text },
    ];
    const mail = renderMail(change, mailContext({ hostName: text, dashboardUrl: 'http://localhost:1/', remedies }));
    return [mail.html.match(/<[^>]*>/g) ?? [], mail];
  }

  it('are cut where they are long', () => {
    const mail = renderMail(fired(), mailContext({ hostName: 'x'.repeat(5000) }));
    expect(mail.subject.length).toBeLessThanOrEqual(160);
    expect(mail.html.length).toBeLessThan(20_000);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'nonsense', ''])('the link %j is left out', (dashboardUrl) => {
    const mail = renderMail(fired(), mailContext({ dashboardUrl }));
    expect(mail.html).not.toContain('href');
    expect(mail.text).not.toContain('Dashboard:');
  });
});
