import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import type { AlertSettings } from '../../../daemon/alert/alert.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { calmForecast, T0 } from '../../builders/forecasts.js';
import { timeline } from '../../builders/alert-timeline.js';

/** Every change of state that is mailed, over beats of 2 s, as `4 s failing firing`. */
function mails(seconds: number, pool: (second: number) => Partial<PoolForecast>, settings?: AlertSettings): string[] {
  const line = timeline(settings);
  const log: string[] = [];
  for (let second = 0; second <= seconds; second += 2) {
    const atMs = T0 + second * 1000;
    for (const { to, alert } of line.beat({ atMs, pools: [calmForecast({ ...pool(second), sampledAtMs: atMs })] })) {
      if (alert.mail && (to === 'firing' || to === 'resolved')) log.push(`${second} s ${alert.rule} ${to}`);
    }
  }
  return log;
}

const soon = (second: number): Partial<PoolForecast> => ({
  exhaustsAtMs: T0 + second * 1000 + 30_000,
  probability: 0.9,
  mode: 'churn',
});
const FAILING = { failedConnects: 3, failedBy: [{ pid: 7, name: 'curl', failed: 3 }] };
const OUT = { ...FAILING, mode: 'exhausted', probability: 1 } as const;

describe('failing', () => {
  it('fires in the first sample that shows a failure, and resolves in the first without one', () => {
    expect(mails(90, (s) => ({ failedConnects: s >= 10 && s < 70 ? 1 : 0 }))).toEqual([
      '10 s failing firing',
      '70 s failing resolved',
    ]);
  });

  it('stays silent where nobody watches, and resolves when nobody does any more', () => {
    expect(mails(60, () => ({ failedConnects: null, mode: 'steady' }))).toEqual([]);
    expect(mails(20, (s) => ({ failedConnects: s < 10 ? 2 : null }))).toEqual([
      '0 s failing firing',
      '10 s failing resolved',
    ]);
  });

  it('is not mailed where imminent has foretold it', () => {
    const story = (s: number) => (s < 40 ? soon(s) : s < 100 ? OUT : { failedConnects: 0 });
    expect(mails(240, story)).toEqual(['4 s imminent firing', '160 s imminent resolved']);
  });

  it('that came without a warning keeps the mail of imminent and of the other rules back', () => {
    const full = { ...OUT, used: 1000, available: 0, pressure: 1.2 };
    expect(mails(900, () => full)).toEqual(['0 s failing firing']);
  });

  it('is mailed although a milder rule was before', () => {
    const pressed = (s: number) => ({ pressure: 0.95, ...(s >= 700 ? FAILING : {}) });
    expect(mails(720, pressed)).toEqual(['600 s pressure firing', '700 s failing firing']);
  });

  it('keeps no mail back when it is not mailed itself, and is mailed where imminent is not', () => {
    const { failing, imminent } = DEFAULT_ALERT_SETTINGS;
    const quiet = { ...DEFAULT_ALERT_SETTINGS, failing: { ...failing, mail: false } };
    expect(mails(20, () => OUT, quiet)).toEqual(['4 s imminent firing']);
    const other = { ...DEFAULT_ALERT_SETTINGS, imminent: { ...imminent, mail: false } };
    expect(mails(20, (s) => (s < 10 ? soon(s) : OUT), other)).toEqual(['10 s failing firing']);
  });

  it('says how many failed, whose, and how it ended', () => {
    const line = timeline();
    const [fired] = line.beat({ atMs: T0, pools: [calmForecast(FAILING)] });
    expect(fired?.alert.severity).toBe('critical');
    expect(fired?.alert.summary).toBe(
      'connect() to 10.0.0.2:443 fails: out of local ports. Failures: 3 in the last minute, by curl (pid 7). Ports: 60 of 1,000 used.',
    );
    const [resolved] = line.beat({ atMs: T0 + 60_000, pools: [calmForecast({ failedConnects: 0 })] });
    expect(resolved?.alert.summary).toBe(
      'Over after 60 s: no connect() to 10.0.0.2:443 failed in the last minute. Now 60 of 1,000 used; this rate needs 60.',
    );
  });
});
