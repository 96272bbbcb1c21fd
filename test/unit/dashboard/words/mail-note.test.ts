import { describe, expect, it } from 'vitest';
import type { WireAlert } from '../../../../daemon/wire/alert.js';
import { describeMail } from '../../../../dashboard/src/words/mail-note.js';
import { cannedSample } from '../../../browser/canned-data.js';
import { NOW } from '../../../builders/wire-pool.js';

const [pending, firing] = cannedSample('alerts', NOW, NOW).status.alerts as [WireAlert, WireAlert];
const imminent: WireAlert = { ...firing, id: 'imminent', rule: 'imminent', state: 'firing', mail: true };
const pressure: WireAlert = { ...pending, id: 'pressure', rule: 'pressure', mail: false, poolId: imminent.poolId };
const OTHER_REASON = 'Not told: switched off for this rule, or a more severe alert of this pool already was';

describe('describeMail', () => {
  it.each([
    ['is mailed', imminent, [], ['mail'], 'By mail, with its incident'],
    ['is told by two channels', imminent, [], ['mail', 'slack'], 'By mail, slack, with its incident'],
    ['has no channel', imminent, [], [], 'Not told: no channel is set'],
    ['is inhibited', pressure, [imminent, pressure], ['mail'], 'Not told: `imminent` already was'],
    ['belongs to another pool', { ...pressure, poolId: 'other' }, [imminent], ['mail'], OTHER_REASON],
    ['has no inhibiting alert that fires', pressure, [{ ...imminent, state: 'pending' }], ['mail'], OTHER_REASON],
    ['has no inhibiting alert that is mailed', pressure, [{ ...imminent, mail: false }], ['mail'], OTHER_REASON],
  ] as const)('names the reason when an alert %s', (_, alert, active, channels, text) => {
    expect(describeMail(alert, active, channels)).toBe(text);
  });
});
