import { describe, expect, it } from 'vitest';
import { buildIncidentHref, buildPoolHref, buildPortHref, parseRoute } from '../../../../dashboard/src/state/route.js';

describe('parseRoute', () => {
  const id = 'connect_host_fe80--1%eth0_2001-db8--1_443';
  it.each([
    ['', { view: 'overview', section: null }],
    ['#/', { view: 'overview', section: null }],
    ['#/host', { view: 'overview', section: 'host' }],
    ['#/nowhere', { view: 'overview', section: null }],
    ['#/pool/', { view: 'overview', section: null }],
    ['#/pool/%E0%A4%A', { view: 'overview', section: null }],
    ['#/incidents', { view: 'incidents', id: null, params: '' }],
    ['#/incidents/', { view: 'incidents', id: null, params: '' }],
    ['#/incidents/%E0%A4%A', { view: 'incidents', id: null, params: '' }],
    ['#/incidents?state=open', { view: 'incidents', id: null, params: 'state=open' }],
    [
      buildIncidentHref('incident_1_imminent_fe80--1%eth0'),
      { view: 'incidents', id: 'incident_1_imminent_fe80--1%eth0', params: '' },
    ],
    [buildPoolHref(id), { view: 'pool', id, params: '' }],
    [`${buildPoolHref('a?b')}?range=1h&at=1?2`, { view: 'pool', id: 'a?b', params: 'range=1h&at=1?2' }],
    [buildPortHref('in_host_22'), { view: 'port', id: 'in_host_22', params: '' }],
  ])('%j', (hash, expected) => {
    expect(parseRoute(hash)).toEqual(expected);
  });
});
