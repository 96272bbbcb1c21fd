import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../daemon/alert/alert.js';
import { summarizeEnded } from '../../../daemon/incident/ending.js';
import type { Outage } from '../../../daemon/outage/outage.js';
import { SECOND_MS } from '../../../daemon/units.js';
import { T0 } from '../../builders/forecasts.js';
import { incidentScene } from '../../builders/incident-scene.js';
import { alert } from '../../builders/messages.js';
import { createOutage } from '../../builders/outage.js';
import { requireValue } from '../../builders/require-value.js';

const OUTAGE = createOutage({ poolId: 'a', fromMs: T0, lastMs: T0 + 30 * SECOND_MS });

/** The sentence about an incident of the pools a and b. */
function summarize(outages: Record<'a' | 'b', readonly Outage[]>, lead: Partial<Alert> = {}): string {
  const scene = incidentScene();
  scene.fire({ pool: 'a', processes: ['psql'] });
  scene.fire({ pool: 'b', processes: ['psql'], place: { remoteAddress: '10.0.0.3' } });
  const { incident } = requireValue(scene.step()[0]);
  const pools = incident.pools.map((pool) => ({ ...pool, outages: pool.id === 'a' ? outages.a : outages.b }));
  return summarizeEnded({ lead: { ...incident.lead, outages: [], ...lead }, pools });
}

describe('the sentence about an incident that is over', () => {
  it('names the pools that were out of ports, and how long by the clock', () => {
    const second = { ...OUTAGE, poolId: 'b', fromMs: T0 + 10 * SECOND_MS, lastMs: T0 + 40 * SECOND_MS };
    expect(summarize({ a: [OUTAGE], b: [second] })).toBe(
      'Out of ports to 10.0.0.2:443 and 1 more destination for 40 s, 330 connects failed.',
    );
    expect(summarize({ a: [], b: [second] })).toBe('Out of ports to 10.0.0.3:443 for 30 s, 165 connects failed.');
  });

  it('says that the ports did not run out, and how many were used', () => {
    expect(summarize({ a: [], b: [] })).toBe('Ports to 10.0.0.2:443 and 1 more destination did not run out.');
    const scene = incidentScene();
    scene.fire({ pool: 'a' });
    const { incident } = requireValue(scene.step()[0]);
    expect(summarizeEnded({ ...incident, lead: { ...incident.lead, outages: [] } })).toBe(
      'Ports to 10.0.0.2:443 did not run out; at most 312 of 1,000 were used.',
    );
    expect(summarizeEnded(incident)).toBe('Ports to 10.0.0.2:443 were at risk, which is over.');
  });

  it.each<[Partial<Alert>, string]>([
    [
      { rule: 'trouble', trouble: { part: 'store', message: 'no space left' } },
      'The database did not work as it should: no space left.',
    ],
    [{ rule: 'blind' }, 'portcast had no good sample, so an exhaustion would not have been noticed.'],
    [{ rule: 'empty' }, 'No local port was usable, so every connect() failed.'],
  ])('tells what was wrong with portcast or the host', (changes, sentence) => {
    const lead = { ...alert(), poolId: null, latest: null, raised: null, ...changes };
    expect(summarizeEnded({ lead, pools: [] })).toBe(sentence);
  });
});
