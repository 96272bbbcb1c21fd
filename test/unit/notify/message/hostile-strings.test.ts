import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMail, type RenderedMail } from '../../../../daemon/notify/message/render.js';
import { drawPicture } from '../../../../daemon/notify/message/picture/picture.js';
import { poolForecast, T0 } from '../../../builders/forecasts.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { fired, mailContext } from '../../../builders/messages.js';
import { requireValue } from '../../../builders/require-value.js';

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
    { title: text, detail: text, commands: [text] },
    { title: text, detail: text, commands: [text] },
  ];
  const links = { acknowledge: 'https://x.org/', silence: [{ label: text, url: `https://x.org/?${text}` }] };
  const pool = poolForecast({ namespace: text, why: text });
  const scene = incidentScene();
  scene.fire({ pool: 'a', processes: [text], place: { namespace: text } });
  scene.fire({ pool: 'b', processes: [text], place: { namespace: text, remoteAddress: '10.0.0.9' } });
  const [first] = scene.step();
  const notice = requireValue(first);
  const picture = drawPicture(
    { ...notice, incident: { ...notice.incident, lead: { ...notice.incident.lead, latest: pool } } },
    { nowMs: T0, readHistory: () => null },
  );
  const context = { hostName: text, dashboardUrl: 'http://localhost:1/', remedies, links, notice, picture };
  return renderMail(change, mailContext(context));
}

/** Every tag and comment, without the addresses of links and the text of the picture. */
function listTags(markup: string | null): string[] {
  const tags = (markup ?? '').replaceAll(/ (href|alt)="[^"]*"/g, '').match(/<[^>]*>/g) ?? [];
  expect(tags.length).toBeGreaterThan(20);
  return tags;
}

describe('strings from the host', () => {
  it('never become markup, a line of their own, or a change of direction', () => {
    const plain = renderWith('web');
    fc.assert(
      fc.property(hostile, (text) => {
        const mail = renderWith(text);
        expect(listTags(mail.html)).toEqual(listTags(plain.html));
        expect(listTags(mail.picture)).toEqual(listTags(plain.picture));
        expect(mail.picture).not.toMatch(INVISIBLE);
        expect(mail.subject).not.toMatch(INVISIBLE);
        expect(mail.text.replaceAll('\n', '')).not.toMatch(INVISIBLE);
        expect(mail.html.replaceAll('\n', '')).not.toMatch(INVISIBLE);
      }),
      { numRuns: 300 },
    );
  });

  it('are cut when they are long', () => {
    const mail = renderMail(fired(), mailContext({ hostName: 'x'.repeat(5000) }));
    expect(mail.subject.length).toBeLessThanOrEqual(200);
    expect(mail.html.length).toBeLessThan(20_000);
  });
});

describe('the link to the dashboard', () => {
  it('is in both parts where it is http or https', () => {
    const mail = renderMail(fired(), mailContext({ dashboardUrl: 'https://portcast.example.org/' }));
    expect(mail.html).toContain('href="https://portcast.example.org/"');
    expect(mail.text).toContain('\nDashboard: https://portcast.example.org/\n');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'nonsense', ''])('is left out for %j', (dashboardUrl) => {
    const mail = renderMail(fired(), mailContext({ dashboardUrl }));
    expect(mail.html).not.toContain('href');
    expect(mail.text).not.toContain('Dashboard:');
  });
});
