import { describe, expect, it } from 'vitest';
import { listFiringWarnings, warningKindOf } from '../../../daemon/alert/promises.js';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { T0 } from '../../builders/forecasts.js';
import { alert } from '../../builders/messages.js';

const POOL_ID = alert().poolId;

describe('the warnings that are scored', () => {
  it('are the alerts of imminent and leak, and of no other rule', () => {
    expect(warningKindOf('imminent')).toBe('alarm');
    expect(warningKindOf('leak')).toBe('leak');
    for (const rule of ['failing', 'pressure', 'use', 'blind'] as const) expect(warningKindOf(rule)).toBeNull();
  });

  it('forecast an exhaustion within ten minutes, or for a leak within the raise line of its rule', () => {
    const active = (['failing', 'imminent', 'leak', 'pressure', 'use'] as const).map((rule) => alert({ rule }));
    expect(listFiringWarnings(active, DEFAULT_ALERT_SETTINGS)).toEqual([
      { poolId: POOL_ID, kind: 'alarm', firedAtMs: T0, withinMs: 10 * MINUTE_MS },
      { poolId: POOL_ID, kind: 'leak', firedAtMs: T0, withinMs: HOUR_MS },
    ]);
  });

  it('do not include an alert that is pending', () => {
    const pending = alert({ state: 'pending', firingAtMs: null });
    expect(listFiringWarnings([pending], DEFAULT_ALERT_SETTINGS)).toEqual([]);
  });
});
