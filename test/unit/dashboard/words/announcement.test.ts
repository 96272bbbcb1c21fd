import { describe, expect, it } from 'vitest';
import type { WireAlert } from '../../../../daemon/wire/alert.js';
import { announceAlerts } from '../../../../dashboard/src/words/announcement.js';
import { NOW } from '../../../builders/wire-pool.js';
import { cannedSample } from '../../../browser/canned-data.js';

const [pending, imminent] = cannedSample('alerts', NOW, NOW).status.alerts as [WireAlert, WireAlert];
const failing: WireAlert = { ...imminent, id: 'failing-1', rule: 'failing', summary: 'Connects to 10.0.0.2:443 fail.' };

describe('announceAlerts', () => {
  it('says at first only how many fire', () => {
    expect(announceAlerts([pending, imminent], null)).toMatchObject({ polite: '1 alert firing', assertive: '' });
    expect(announceAlerts([pending], null)).toMatchObject({ polite: '', assertive: '' });
  });
  it('tells a new alert politely, once', () => {
    const { firing } = announceAlerts([pending], null);
    const told = announceAlerts([pending, imminent], firing);
    expect(told).toMatchObject({ polite: `critical alert: ${imminent.summary}`, assertive: '' });
    expect(announceAlerts([pending, imminent], told.firing)).toMatchObject({ polite: '', assertive: '' });
  });
  it('interrupts only where a pool is out of ports', () => {
    const { firing } = announceAlerts([imminent], null);
    const told = announceAlerts([imminent, failing], firing);
    expect(told).toMatchObject({ polite: '', assertive: `critical alert: ${failing.summary}` });
    expect(announceAlerts([imminent, failing], told.firing).assertive).toBe('');
  });
  it('tells the end of an alert', () => {
    const { firing } = announceAlerts([imminent, failing], null);
    expect(announceAlerts([failing], firing)).toMatchObject({ polite: '1 alert no longer firing', assertive: '' });
  });
  it('says only the number where many begin at once', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ ...imminent, id: `imminent-${index}` }));
    expect(announceAlerts(many, new Set()).polite).toBe('500 new alerts firing');
  });
});
