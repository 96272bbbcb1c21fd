import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertChange } from '../../../../daemon/alert/alert.js';
import { summarizeResolved } from '../../../../daemon/alert/summary.js';
import { type MailContext, renderMail, renderTest } from '../../../../daemon/notify/message/render.js';
import { calmForecast, poolForecast, T0 } from '../../../builders/forecasts.js';
import { alert, fired, mailContext } from '../../../builders/messages.js';

const golden = (name: string) => fileURLToPath(new URL(`../../../golden/mail/${name}`, import.meta.url));
const MIN = 60_000;

const leaking = poolForecast({
  mode: 'leak',
  remoteAddress: '2001:db8::2',
  localAddress: '2001:db8::1',
  family: 'ipv6',
  id: 'connect_host_2001-db8--1_2001-db8--2_443',
  used: 731,
  live: 719,
  closeWait: 644,
  timeWait: 12,
  available: 269,
  closeRate: 0.2,
  closeRateLow: 0.1,
  closeRateHigh: 0.3,
  liveGrowth: 0.25,
  pressure: 0.74,
  exhaustsAtMs: T0 + 18 * MIN,
  earliestAtMs: T0 + 14 * MIN,
  latestAtMs: null,
  probability: 0.02,
  why: 'Live ports grow by 0.25 per second, 644 of them in CLOSE_WAIT: 281 more reach the 1,000 of the pool.',
});
const pressed = poolForecast({
  pressure: 0.93,
  closeRate: 14.8,
  exhaustsAtMs: null,
  probability: 0.03,
  used: 881,
  timeWait: 869,
  available: 119,
  mode: 'steady',
  pressureFullAtMs: T0 + 95 * MIN,
  pressureFullEarliestAtMs: T0 + 70 * MIN,
  pressureFullLatestAtMs: null,
  why: '14.8 closes/s hold a port for 62.0 s each: use settles at 93% of 1,000 ports, 15.9/s would fill them.',
});
const climbing = poolForecast({
  pressure: 0.93,
  closeRate: 14.8,
  closeRateLow: 14.2,
  closeRateHigh: 15.4,
  used: 881,
  timeWait: 869,
  available: 119,
  exhaustsAtMs: T0 + 2 * MIN,
  earliestAtMs: T0 + 1.5 * MIN,
  latestAtMs: null,
  probability: 0.55,
  probabilityBasis: 'climb',
  pressureFullAtMs: T0 + 1.4 * MIN,
  pressureFullEarliestAtMs: T0 + MIN,
  pressureFullLatestAtMs: null,
  why: '14.8 closes/s, climbing by 0.90/s each minute, hold a port for 62.0 s each: 1,000 ports less 12 live sustain 15.9/s, so they run out in 2 min.',
});
const calm = calmForecast({ sampledAtMs: T0 + 3 * MIN });
const ended = alert({ state: 'resolved', firingAtMs: T0, resolvedAtMs: T0 + 192_000, latest: calm });

const cases: Record<string, [AlertChange, Partial<MailContext>?]> = {
  imminent: [fired()],
  // Most earlier bursts lasted long enough, and some did not.
  history: [
    fired({
      latest: poolForecast({
        probability: 0.72,
        probabilityIfHeld: 0.97,
        probabilityBasis: 'history',
        burstsKnown: 12,
      }),
    }),
  ],
  climb: [fired({ latest: climbing })],
  exhausted: [
    fired({
      latest: poolForecast({
        mode: 'exhausted',
        used: 1000,
        timeWait: 988,
        available: 0,
        exhaustsAtMs: null,
        probability: 1,
        why: 'All 1,000 ports of the pool are held; the next one comes free at 14:02:56 UTC.',
      }),
      owners: { processes: [], why: 'portcast may not look at processes of other users' },
    }),
  ],
  failing: [
    fired({
      rule: 'failing',
      latest: poolForecast({
        mode: 'exhausted',
        used: 1000,
        timeWait: 988,
        available: 0,
        exhaustsAtMs: T0,
        probability: 1,
        failedConnects: 1204,
        failedBy: [
          { pid: 812, name: 'checkout-api', failed: 1180 },
          { pid: 99, name: 'curl', failed: 24 },
        ],
        why: 'All 1,000 ports are held (12 live, 988 in TIME_WAIT): connects fail until one comes free.',
      }),
    }),
  ],
  leak: [
    fired({ rule: 'leak', severity: 'warning', latest: leaking }),
    {
      remedies: [
        {
          title: 'Make the application close what the peer has closed',
          detail: '644 connections are in CLOSE_WAIT: checkout-api (pid 812) has not called close() on them.',
        },
      ],
    },
  ],
  pressure: [
    fired({ rule: 'pressure', severity: 'warning', latest: pressed }),
    { dashboardUrl: 'https://portcast.example.org/' },
  ],
  use: [
    fired({
      rule: 'use',
      severity: 'info',
      latest: poolForecast({ used: 820, timeWait: 808, available: 180, exhaustsAtMs: null, pressure: 0.83 }),
    }),
    { remedies: [], limits: null },
  ],
  blind: [fired({ rule: 'blind', latest: null, pendingAtMs: T0 - MIN }), { remedies: [] }],
  resolved: [
    { from: 'firing', to: 'resolved', alert: { ...ended, summary: summarizeResolved(ended, calm, T0 + 192_000) } },
    { nowMs: T0 + 192_000 },
  ],
  hostile: [
    fired({
      owners: {
        processes: [
          { pid: 1, name: '<script>alert(1)</script>', confidence: 1 },
          { pid: 2, name: 'a\r\nBcc: x\u202Egnp.exe', confidence: 0.01 },
        ],
        why: null,
      },
    }),
    { hostName: 'web-1"><img src=x onerror=alert(1)>\r\nBcc: evil@x.y', dashboardUrl: 'javascript:alert(1)' },
  ],
};

describe('the mails', () => {
  it.each(Object.entries(cases))('%s', async (name, [change, context]) => {
    const { subject, text, html } = renderMail(change, mailContext(context));
    await expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot(golden(`${name}.txt`));
    await expect(html).toMatchFileSnapshot(golden(`${name}.html`));
  });

  it('test', async () => {
    const { subject, text, html } = renderTest(mailContext());
    await expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot(golden('test.txt'));
    await expect(html).toMatchFileSnapshot(golden('test.html'));
  });
});

describe('the subject', () => {
  it.each<[string, string]>([
    ['imminent', '[portcast] web-1: ports to 10.0.0.2:443 run out in 28 s (14:03:22 UTC)'],
    ['exhausted', '[portcast] web-1: no ports left to 10.0.0.2:443'],
    ['leak', '[portcast] web-1: leak: ports to [2001:db8::2]:443 run out in 18 min (14:20:54 UTC)'],
    ['pressure', '[portcast] web-1: ports to 10.0.0.2:443 at 93% pressure'],
    ['use', '[portcast] web-1: 82% of the ports to 10.0.0.2:443 are used'],
    ['blind', '[portcast] web-1: portcast is blind: no good sample since 14:01:54 UTC'],
    ['resolved', '[portcast] web-1: resolved after 3 min 12 s: imminent exhaustion of ports to 10.0.0.2:443'],
  ])('%s', (name, subject) => {
    const [change, context] = cases[name] ?? expect.unreachable();
    expect(renderMail(change, mailContext(context)).subject).toBe(subject);
  });
});

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
