import { describe, expect, it } from 'vitest';
import type { Incident, Notice } from '../../../../daemon/incident/incident.js';
import { renderMail } from '../../../../daemon/notify/message/render.js';
import { SECOND_MS } from '../../../../daemon/units.js';
import type { Outage } from '../../../../daemon/outage/outage.js';
import type { PoolForecast } from '../../../../daemon/forecast/types.js';
import { calmForecast, T0 } from '../../../builders/forecasts.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { mailContext } from '../../../builders/messages.js';
import { createOutage } from '../../../builders/outage.js';
import { requireValue } from '../../../builders/require-value.js';

interface Ending {
  readonly outages?: readonly Outage[];
  /** Each of a pool of its own beside the leading one. */
  readonly others?: readonly Outage[];
  readonly latest?: Partial<PoolForecast>;
  readonly incident?: Partial<Incident>;
}

function tellEnd(ending: Ending): string {
  return composeEnd(ending).text;
}

/** The message about the end of an incident that lasted for two minutes. */
function composeEnd({ outages = [], others = [], latest = {}, incident: changes = {} }: Ending) {
  const scene = incidentScene();
  const id = scene.fire({ pool: 'a', place: { remoteAddress: '10.0.0.2' } });
  const [first] = scene.step();
  scene.resolve(id);
  scene.step(120 * SECOND_MS);
  const incident = { ...requireValue(first).incident, quietSinceMs: T0 + 122 * SECOND_MS, ...changes };
  const lead = { ...incident.lead, resolvedAtMs: T0 + 122 * SECOND_MS, outages };
  const last = calmForecast({ id: 'a', sampledAtMs: T0 + 120 * SECOND_MS, ...latest });
  const pools = incident.pools.map((pool) => ({ ...pool, outages, lastCapacity: last.capacity }));
  const more = others.map((outage) => ({
    ...requireValue(pools[0]),
    id: outage.poolId,
    name: `10.0.1.${outage.poolId}:443`,
    outages: [outage],
  }));
  const notice: Notice = {
    kind: 'resolved',
    recipients: [],
    incident: { ...incident, lead: { ...lead, latest: last }, pools: [...pools, ...more] },
  };
  const change = { from: 'firing', to: 'resolved', alert: notice.incident.lead } as const;
  const { text, subject } = renderMail(change, mailContext({ notice }));
  return { text: text.replaceAll(/\s+/g, ' '), subject };
}

const OUTAGE = createOutage({ poolId: 'a', fromMs: T0 + 30 * SECOND_MS, lastMs: T0 + 60 * SECOND_MS });

describe('the message about the end', () => {
  it('tells when it began and ended, its peak, its failures, its warning and how good the forecast was', () => {
    const text = tellEnd({ outages: [OUTAGE] });
    expect(text).toMatch(
      /^Over: web-1 was out of ports to 10\.0\.0\.2:443 for 30 s, 165 connects failed Warned 28 s before/,
    );
    expect(text).toContain('Lasted: 2 min, 2026-01-05 14:02:56 to 14:04:56 +00:00');
    expect(text).toContain('Out of ports: 2026-01-05 14:03:24 to 14:03:54 +00:00, 165 connects failed (counted)');
    expect(text).toMatch(/Peak: 312 of 1,000 ports used \(31%\), at 14:02:54/);
    expect(text).toContain(
      'At 14:02:54 +00:00 it said 14:03:22 (90%: 14:03:20 to 14:03:24): 2 s too early, inside the 90%',
    );
    expect(text).toContain('Changed: Closes fell from 25/s to 0.8/s');
  });

  it('calls an estimate one, and says when no warning came', () => {
    const text = tellEnd({ outages: [{ ...OUTAGE, isEstimated: true, warnedMs: null }] });
    expect(text).toMatch(/about 165 connects failed No warning came before\./);
    expect(text).toContain('(estimated, not counted)');
    expect(tellEnd({ outages: [{ ...OUTAGE, failedConnects: null }] })).toContain('failed connects not counted');
  });

  it('says that the ports did not run out, and what the forecast had said', () => {
    const text = tellEnd({});
    expect(text).toMatch(/^Over: web-1 did not run out of ports to 10\.0\.0\.2:443 It lasted 2 min\./);
    expect(text).toContain('In use now: 60 of 1,000 ports.');
    expect(text).toContain('which did not come');
  });

  it('does not state the last use of a pool that has left the table', () => {
    const text = tellEnd({ latest: { sampledAtMs: T0 + 2 * SECOND_MS, used: 289 } });
    expect(text).toContain('No connection is left to 10.0.0.2:443.');
    expect(text).not.toContain('In use now');
  });

  it('counts how often it came back, and the outages where there are many', () => {
    const outages = Array.from({ length: 7 }, (_, index) =>
      createOutage({ fromMs: T0 + index * 10_000, lastMs: T0 + index * 10_000 + 2000, failedConnects: 10 }),
    );
    const text = tellEnd({ outages, incident: { recurrences: 3 } });
    expect(text).toMatch(/^Over: web-1 was out of ports to 10\.0\.0\.2:443 for 14 s, 70 connects failed/);
    expect(text).toContain('Outages: 7, of which the last 5 are listed');
    expect(text.match(/Out of ports:/g)).toHaveLength(5);
    expect(text).toContain('Came back: 3 times since 14:02:56 +00:00');
  });

  it('counts a time in which several pools were out once, and names the pool of each outage', () => {
    const others = ['b', 'c'].map((poolId, index) => ({
      ...OUTAGE,
      poolId,
      fromMs: T0 + (40 + 10 * index) * SECOND_MS,
      lastMs: T0 + (75 + 10 * index) * SECOND_MS,
    }));
    const { text, subject } = composeEnd({ outages: [OUTAGE], others });
    expect(text).toMatch(
      /^Over: web-1 was out of ports to 10\.0\.0\.2:443 and 2 more destinations for 55 s, 495 connects failed/,
    );
    expect(subject).toContain('RESOLVED, was out for 55 s]');
    expect(text).toContain(
      'Warned 28 s before the first ports ran out. In use now: 60 of 1,000 ports to 10.0.0.2:443.',
    );
    expect(text).toContain('Out of ports: 10.0.0.2:443, 2026-01-05 14:03:24 to 14:03:54 +00:00');
    expect(text).toContain('Out of ports: 10.0.1.c:443, 2026-01-05 14:03:44 to 14:04:19 +00:00');
    expect(text).toContain('Peak: 312 of 1,000 ports to 10.0.0.2:443 used');
  });

  it('names the pools that were out, also where the leading one was not', () => {
    const others = [{ ...OUTAGE, poolId: 'b' }];
    const { text, subject } = composeEnd({ others });
    expect(text).toMatch(/^Over: web-1 was out of ports to 10\.0\.1\.b:443 for 30 s, 165 connects failed/);
    expect(subject).toContain('RESOLVED, was out for 30 s]');
  });

  it('says how the limit has changed', () => {
    const scene = { latest: { capacity: 64_512 } };
    expect(tellEnd(scene)).toContain('Changed: The limit rose from 1,000 to 64,512 ports');
  });
});
