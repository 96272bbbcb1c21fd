import { describe, expect, it } from 'vitest';
import { incidentToWire } from '../../../../daemon/wire/incident.js';
import { listSilenceChoices, readHours } from '../../../../dashboard/src/words/silence-choices.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { requireValue } from '../../../builders/require-value.js';

describe('a silence', () => {
  it('may be about the incident, its pools, destinations, processes and rules', () => {
    const scene = incidentScene();
    ['10.0.0.2', '10.0.0.3', '10.0.0.2'].forEach((remoteAddress, index) => {
      scene.fire({ pool: `p${index}`, processes: ['psql'], place: { remoteAddress, remotePort: 443 + index } });
      scene.step();
    });
    const choices = listSilenceChoices(incidentToWire(requireValue(scene.incidents()[0])));
    expect(choices.map(({ matchers }) => JSON.stringify(matchers))).toEqual([
      expect.stringContaining('"incident"'),
      '{"pool":"p0"}',
      '{"pool":"p1"}',
      '{"pool":"p2"}',
      '{"destination":"10.0.0.2"}',
      '{"destination":"10.0.0.3"}',
      '{"process":"psql"}',
      '{"rule":"imminent"}',
    ]);
  });

  it.each([
    ['1', 3600],
    ['0.5', 1800],
    ['8784', 8784 * 3600],
    ['0', null],
    ['-1', null],
    ['', null],
    ['8785', null],
    ['1e999', null],
    ['two', null],
  ])('of %j hours', (text, seconds) => {
    expect(readHours(text)).toBe(seconds);
  });
});
