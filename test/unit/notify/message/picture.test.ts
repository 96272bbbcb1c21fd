import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../../daemon/incident/incident.js';
import { drawPicture } from '../../../../daemon/notify/message/picture/picture.js';
import type { PoolForecast } from '../../../../daemon/forecast/types.js';
import type { History } from '../../../../daemon/wire/history.js';
import { MINUTE_MS, SECOND_MS } from '../../../../daemon/units.js';
import { calmForecast, poolForecast, T0 } from '../../../builders/forecasts.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { createOutage } from '../../../builders/outage.js';
import { requireValue } from '../../../builders/require-value.js';

type ReadHistory = Parameters<typeof drawPicture>[1]['readHistory'];

const WITHOUT_HISTORY: ReadHistory = () => null;

function noticeAbout(latest: PoolForecast | null, kind: Notice['kind'] = 'first', rule?: 'blind'): Notice {
  const scene = incidentScene();
  scene.fire({ pool: 'a', ...(rule === undefined ? {} : { rule }) });
  const { incident } = requireValue(scene.step()[0]);
  return { kind, recipients: [], incident: { ...incident, lead: { ...incident.lead, latest } } };
}

/** The last five minutes, a sample every ten seconds, with a gap of a minute. */
function historyOf(live: number): Pick<History, 't' | 'stepMs' | 'mean'> {
  const t = Array.from({ length: 30 }, (_, index) => T0 - 5 * MINUTE_MS + index * 10 * SECOND_MS);
  const isGap = (index: number): boolean => index >= 10 && index < 16;
  const column = (value: number) => t.map((_, index) => (isGap(index) ? null : value));
  return { stepMs: 10 * SECOND_MS, t, mean: { live: column(live), timeWait: column(100) } };
}

const draw = (notice: Notice, readHistory = WITHOUT_HISTORY): string | null =>
  drawPicture(notice, { nowMs: T0, timeZone: 'Europe/Berlin', readHistory });

describe('the picture of a message', () => {
  it('shows the limit, now, and the instant of the exhaustion in local time', () => {
    const svg = requireValue(draw(noticeAbout(poolForecast())));
    for (const text of ['1,000', 'now 15:02:54', 'full 15:03:22', 'forecast (90% band)'])
      expect(svg).toContain(`>${text}<`);
    expect(svg).toContain('<title>Ports to 10.0.0.2:443 over time: 312 of 1,000 used, forecast to be full at 15:03:22');
  });

  it('shows the forecast without a history and without a projection, and nothing where nothing is known', () => {
    expect(draw(noticeAbout(poolForecast({ ahead: [] })))).toContain('stroke-dasharray="6 4"');
    expect(draw(noticeAbout(calmForecast({ ahead: [] })))).toBeNull();
    expect(draw(noticeAbout(null, 'first', 'blind'))).toBeNull();
    expect(draw(noticeAbout(poolForecast({ capacity: 0 })))).toBeNull();
  });

  it('draws no line over a gap of the history', () => {
    const svg = requireValue(draw(noticeAbout(calmForecast({ ahead: [] })), () => historyOf(20)));
    // Two areas and a line for each of the two runs.
    expect(svg.match(/<polygon/g)).toHaveLength(4);
  });

  it('asks for the history of the pool up to now only', () => {
    const asked: unknown[] = [];
    draw(noticeAbout(poolForecast({ id: 'a' })), (query) => {
      asked.push(query);
      return null;
    });
    expect(asked).toEqual([{ id: 'a', fromMs: T0 - 2 * MINUTE_MS, toMs: T0, points: 240 }]);
  });

  it('tells the story of the end: the outage, and what the first forecast had said', () => {
    const notice = noticeAbout(calmForecast({ id: 'a' }), 'resolved');
    const outages = [createOutage({ poolId: 'a', fromMs: T0 - 100_000, lastMs: T0 - 70_000 })];
    const made = { madeAtMs: T0 - 130_000, exhaustsAtMs: T0 - 96_000, earliestAtMs: null, latestAtMs: null };
    const forecast = { ...made, probability: 1 };
    const forecasts = { first: forecast, worst: forecast, last: forecast };
    const pools = notice.incident.pools.map((pool) => ({ ...pool, outages, forecasts }));
    const incident = { ...notice.incident, openedAtMs: T0 - 130_000, pools };
    const svg = requireValue(draw({ ...notice, incident }, () => historyOf(900)));
    expect(svg).toContain('>out of ports<');
    expect(svg).toContain('>forecast 15:01:18<');
    expect(svg).toMatch(/<title>[^<]*they ran out\.<\/title>/);
  });
});
