import { describe, expect, it } from 'vitest';
import type { NoticeKind } from '../../../../daemon/incident/incident.js';
import { composeFiringTitle } from '../../../../daemon/notify/message/firing.js';
import { createLocalTime } from '../../../../daemon/notify/message/local-time.js';
import { DAY_MS, HOUR_MS } from '../../../../daemon/units.js';
import { calmForecast, poolForecast, T0 } from '../../../builders/forecasts.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { alert } from '../../../builders/messages.js';
import { requireValue } from '../../../builders/require-value.js';

function titleOf(kind: NoticeKind, pool = poolForecast({ mode: 'exhausted' }), openForMs = HOUR_MS): string {
  const scene = incidentScene();
  scene.fire({ pool: 'a' });
  const notice = requireValue(scene.step()[0]);
  const incident = { ...notice.incident, openedAtMs: T0 - openForMs };
  return composeFiringTitle({
    alert: alert({ latest: pool }),
    pool,
    notice: { ...notice, kind, incident },
    hostName: 'web-1',
    nowMs: T0,
    time: createLocalTime('Europe/Berlin'),
  });
}

describe('the title of a message about an alert that fires', () => {
  it('names in a reminder when the incident began, which is not when the ports ran out', () => {
    expect(titleOf('reminder')).toBe('Open since 14:02:54 +01:00: web-1 is out of ports to 10.0.0.2:443');
    expect(titleOf('reminder', undefined, DAY_MS)).toMatch(/^Open since 2026-01-04 15:02:54 \+01:00: web-1 is out/);
  });

  it('says that ports came free for now where calls failed until just now', () => {
    expect(titleOf('first', calmForecast({ demandAtLeast: true }))).toBe(
      'web-1 has ports to 10.0.0.2:443 again for now',
    );
    expect(titleOf('first', calmForecast())).toBe('web-1 no longer runs out of ports to 10.0.0.2:443 at this rate');
  });
});
