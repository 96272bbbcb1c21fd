import { describe, expect, it } from 'vitest';
import type { AlertSettings } from '../../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { createTimeline, exhaustingSoon } from '../../builders/alert-timeline.js';
import { calmForecast, T0 } from '../../builders/forecasts.js';

const FAILING = { failedConnects: 3, failedBy: [{ pid: 7, name: 'curl', failed: 3 }] };
const EXHAUSTED = { ...FAILING, mode: 'exhausted', probability: 1 } as const;

/** Every change of state that is mailed, over beats of 2 s, as `4 s failing firing`. */
function listMails(
  seconds: number,
  pool: (second: number) => Partial<PoolForecast>,
  settings?: AlertSettings,
): string[] {
  const timeline = createTimeline(settings);
  const mails: string[] = [];
  for (let second = 0; second <= seconds; second += 2) {
    const atMs = T0 + second * SECOND_MS;
    for (const { to, alert } of timeline.beat({
      atMs,
      pools: [calmForecast({ ...pool(second), sampledAtMs: atMs })],
    })) {
      if (alert.mail && (to === 'firing' || to === 'resolved')) mails.push(`${second} s ${alert.rule} ${to}`);
    }
  }
  return mails;
}

describe('failing', () => {
  it('fires in the first sample that shows a failure, and resolves in the first without one', () => {
    expect(listMails(90, (s) => ({ failedConnects: s >= 10 && s < 70 ? 1 : 0 }))).toEqual([
      '10 s failing firing',
      '70 s failing resolved',
    ]);
  });

  it('does not fire where failures are not counted, and resolves when they are no longer counted', () => {
    expect(listMails(60, () => ({ failedConnects: null, mode: 'steady' }))).toEqual([]);
    expect(listMails(20, (s) => ({ failedConnects: s < 10 ? 2 : null }))).toEqual([
      '0 s failing firing',
      '10 s failing resolved',
    ]);
  });

  it('is not mailed after an imminent mail about the same pool', () => {
    const pool = (s: number) => (s < 40 ? exhaustingSoon(s) : s < 100 ? EXHAUSTED : { failedConnects: 0 });
    expect(listMails(240, pool)).toEqual(['4 s imminent firing', '160 s imminent resolved']);
  });

  it('is the only mail about a pool for which no forecast came first', () => {
    const full = { ...EXHAUSTED, used: 1000, available: 0, pressure: 1.2 };
    expect(listMails(900, () => full)).toEqual(['0 s failing firing']);
  });

  it('is mailed after a mail about pressure', () => {
    const pool = (s: number) => ({ pressure: 0.95, ...(s >= 700 ? FAILING : {}) });
    expect(listMails(720, pool)).toEqual(['600 s pressure firing', '700 s failing firing']);
  });

  it('does not inhibit imminent when it is not mailed itself, and is mailed when imminent is not', () => {
    const { failing, imminent } = DEFAULT_ALERT_SETTINGS;
    const failingOff = { ...DEFAULT_ALERT_SETTINGS, failing: { ...failing, mail: false } };
    expect(listMails(20, () => EXHAUSTED, failingOff)).toEqual(['0 s imminent firing']);
    const imminentOff = { ...DEFAULT_ALERT_SETTINGS, imminent: { ...imminent, mail: false } };
    const pool = (s: number) => (s < 10 ? exhaustingSoon(s) : EXHAUSTED);
    expect(listMails(20, pool, imminentOff)).toEqual(['10 s failing firing']);
  });

  it('states how many connects failed, of which process, and how the alert ended', () => {
    const timeline = createTimeline();
    const [fired] = timeline.beat({ atMs: T0, pools: [calmForecast(FAILING)] });
    expect(fired?.alert.severity).toBe('critical');
    expect(fired?.alert.summary).toBe(
      'connect() to 10.0.0.2:443 fails with EADDRNOTAVAIL ("Cannot assign requested address"): out of local ports. Failures: 3 in the last minute, by curl (pid 7). Ports: 60 of 1,000 used.',
    );
    const [resolved] = timeline.beat({ atMs: T0 + MINUTE_MS, pools: [calmForecast({ failedConnects: 0 })] });
    expect(resolved?.alert.summary).toBe(
      'Over. No connect() to 10.0.0.2:443 failed in the last minute. Now 60 of 1,000 in use; this rate needs 60.',
    );
  });
});
