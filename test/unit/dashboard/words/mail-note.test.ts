import { describe, expect, it } from 'vitest';
import type { WireAlert } from '../../../../daemon/wire/alert.js';
import { describeMail } from '../../../../dashboard/src/words/mail-note.js';
import { cannedSample } from '../../../browser/canned-data.js';
import { NOW } from '../../../builders/wire-pool.js';

const [pending, firing] = cannedSample('alerts', NOW, NOW).status.alerts as [WireAlert, WireAlert];
const imminent: WireAlert = { ...firing, id: 'imminent', rule: 'imminent', state: 'firing', mail: true };
const pressure: WireAlert = { ...pending, id: 'pressure', rule: 'pressure', mail: false, poolId: imminent.poolId };
const OTHER_REASON = 'Not mailed: switched off for this rule, or a more severe alert of this pool already was';

describe('describeMail', () => {
  it.each([
    ['is mailed', imminent, [], true, 'By mail, with its incident'],
    ['has no SMTP server', imminent, [], false, 'Not mailed: no SMTP server is set'],
    ['is inhibited', pressure, [imminent, pressure], true, 'Not mailed: `imminent` already was'],
    ['belongs to another pool', { ...pressure, poolId: 'other' }, [imminent], true, OTHER_REASON],
    ['has no inhibiting alert that fires', pressure, [{ ...imminent, state: 'pending' }], true, OTHER_REASON],
    ['has no inhibiting alert that is mailed', pressure, [{ ...imminent, mail: false }], true, OTHER_REASON],
  ] as const)('names the reason when an alert %s', (_, alert, active, mailConfigured, text) => {
    expect(describeMail(alert, active, mailConfigured)).toBe(text);
  });
});
