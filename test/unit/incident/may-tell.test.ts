import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../daemon/incident/incident.js';
import { mayTellSoon } from '../../../daemon/incident/may-tell.js';
import { createAlert, pool } from '../../builders/records.js';

const CALM = pool('calm', { used: 10, capacity: 1000, pressure: 0.01, exhaustsAtMs: null, failedConnects: null });
const incident = (state: Incident['state']) => ({ state }) as Incident;

describe('there may soon be something to tell', () => {
  it.each([
    { what: 'half of a pool is used', pools: [CALM, { ...CALM, used: 500 }] },
    { what: 'half of a pool will be used', pools: [{ ...CALM, pressure: 0.5 }] },
    { what: 'a pool is forecast to run out', pools: [{ ...CALM, exhaustsAtMs: 1 }] },
    { what: 'connects fail', pools: [{ ...CALM, failedConnects: 1 }] },
    { what: 'an alert is pending', alerts: [createAlert('a', { state: 'pending' })] },
    { what: 'an incident is open', incidents: [incident('resolved'), incident('open')] },
    { what: 'an incident is quiet and its end is not told yet', incidents: [incident('quiet')] },
  ])('while $what', ({ pools = [], alerts = [], incidents = [] }) => {
    expect(mayTellSoon({ pools, alerts, incidents })).toBe(true);
  });

  it('never while all is calm', () => {
    expect(mayTellSoon({ pools: [CALM], alerts: [], incidents: [incident('resolved')] })).toBe(false);
  });
});
