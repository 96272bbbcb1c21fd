import { describe, expect, it } from 'vitest';
import { placeInOrbit } from '../../../../dashboard/src/state/screen.js';
import { describeUnknownView, parseView } from '../../../../dashboard/src/state/view.js';

describe('parseView', () => {
  it.each([
    ['', { view: null, unknown: null, poolId: null }],
    ['?view=wall&theme=dark', { view: 'wall', unknown: null, poolId: null }],
    ['?view=embed&pool=a%2Fb', { view: 'embed', unknown: null, poolId: 'a/b' }],
    ['?view=embed&pool=', { view: 'embed', unknown: null, poolId: null }],
    ['?view=', { view: null, unknown: null, poolId: null }],
    ['?view=walls', { view: null, unknown: 'walls', poolId: null }],
    ['?view=constructor', { view: null, unknown: 'constructor', poolId: null }],
    ['?view=%E0%A4%A', { view: null, unknown: '\uFFFD%A', poolId: null }],
  ])('reads %j', (search, request) => {
    expect(parseView(search)).toEqual(request);
  });
  it('says what there is, and quotes no more than a line', () => {
    expect(describeUnknownView('x'.repeat(500))).toBe(
      `There is no view "${'x'.repeat(40)}"; there are wall and embed. This is the overview.`,
    );
  });
});

describe('placeInOrbit', () => {
  it('moves every minute, stays within its way, and is at many places', () => {
    const places = Array.from({ length: 17 * 13 }, (_, minute) => placeInOrbit(minute * 60_000 + 1));
    for (const { x, y } of places) expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThanOrEqual(1);
    expect(new Set(places.map(({ x, y }) => `${x.toFixed(3)} ${y.toFixed(3)}`)).size).toBeGreaterThan(60);
    expect(placeInOrbit(60_000)).not.toEqual(placeInOrbit(0));
    expect(placeInOrbit(59_999)).toEqual(placeInOrbit(0));
  });
});
