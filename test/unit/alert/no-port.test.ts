/** The rule `empty`: no port of the ephemeral range is usable. */
import { describe, expect, it } from 'vitest';
import { composeAlert } from '../../../daemon/notify/message/wording.js';
import { MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { createTimeline, exhaustingSoon, formatChanges } from '../../builders/alert-timeline.js';
import { calmForecast, T0 } from '../../builders/forecasts.js';

const WHY = 'the range 32768-60999 has no usable port (28,232 reserved)';
const context = { hostName: 'web-1', dashboardUrl: '', limits: null, nowMs: T0 + MINUTE_MS, remedies: [] };

describe('the rule empty', () => {
  it('fires at the first sample without a usable port, and resolves 10 s after there is one again', () => {
    const timeline = createTimeline();
    const log = Array.from({ length: 12 }, (_, beat) => {
      const atMs = T0 + beat * 2 * SECOND_MS;
      return formatChanges(timeline.beat({ atMs, pools: [], noPortWhy: beat >= 2 && beat < 5 ? WHY : null }));
    });
    expect(log.flatMap((changes, beat) => changes.map((text) => `${beat * 2} s ${text}`))).toEqual([
      '4 s empty: inactive -> firing',
      '20 s empty: firing -> resolved',
    ]);
    const [fired, resolved] = timeline.changes;
    expect(fired?.alert).toMatchObject({
      id: `empty_portcast_${T0 + 4 * SECOND_MS}`,
      poolId: null,
      severity: 'critical',
      mail: true,
      summary: `Every connect() of this host fails: ${WHY}.`,
    });
    expect(resolved?.alert.summary).toBe('Over after 16 s: the ephemeral range has usable ports again.');
  });

  it('stays as it is between two samples and while portcast is blind', () => {
    const timeline = createTimeline();
    timeline.beat({ atMs: T0, pools: [], noPortWhy: WHY });
    timeline.beat({ atMs: T0 + 2 * SECOND_MS, pools: null, noPortWhy: null });
    timeline.beat({ atMs: T0 + 20 * SECOND_MS, pools: null, noPortWhy: null, blindSinceMs: T0 + SECOND_MS });
    expect(timeline.active.filter(({ rule }) => rule === 'empty')).toMatchObject([{ state: 'firing' }]);
  });

  it('keeps the alerts of pools, whose ports vanish from the table without being free', () => {
    const timeline = createTimeline();
    for (let second = 0; second <= 4; second += 2) {
      const pools = [calmForecast({ ...exhaustingSoon(second), sampledAtMs: T0 + second * SECOND_MS })];
      timeline.beat({ atMs: T0 + second * SECOND_MS, pools });
    }
    for (let second = 6; second <= 200; second += 2) {
      timeline.beat({ atMs: T0 + second * SECOND_MS, pools: [], noPortWhy: WHY });
    }
    expect(timeline.active.map(({ rule, state }) => `${rule} ${state}`)).toContain('imminent firing');
  });

  it('is mailed with what it means and what to do', () => {
    const timeline = createTimeline();
    const [fired] = timeline.beat({ atMs: T0, pools: [], noPortWhy: WHY });
    if (fired === undefined) throw new Error('nothing fired');
    const mail = composeAlert(fired, context);
    expect(mail.subject).toBe('[portcast CRITICAL, no connect works] web-1: no usable local port');
    expect(mail.lead).toContain(WHY);
    expect(mail.facts.map(({ label }) => label)).toEqual(['Since', 'Host']);
    expect(mail.advice[0]?.commands[0]).toContain('ip_local_reserved_ports');
    for (let second = 2; second <= 20; second += 2) timeline.beat({ atMs: T0 + second * SECOND_MS, pools: [] });
    const resolved = timeline.changes.find(({ to }) => to === 'resolved');
    if (resolved === undefined) throw new Error('nothing was resolved');
    expect(composeAlert(resolved, context).title).toBe('Over: web-1 can open connections again');
  });
});
