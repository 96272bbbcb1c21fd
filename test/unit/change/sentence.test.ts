import { describe, expect, it } from 'vitest';
import { FollowedPools } from '../../../daemon/change/followed-pools.js';
import { describeEffect, titleChange } from '../../../daemon/change/sentence.js';
import { poolForecast } from '../../builders/forecasts.js';
import { createChange, createFigures } from '../../builders/wire-changes.js';

function nameOf(localAddress: string): string | undefined {
  const followed = new FollowedPools();
  followed.choose(
    [poolForecast({ kind: 'bind', localAddress, remoteAddress: null, remotePort: null, used: 500 })],
    new Set(),
  );
  return followed.list()[0]?.name;
}

describe('what is said of a change of bound ports', () => {
  const name = 'bound ports of 10.0.0.1';
  const pools = [{ poolId: 'b', name, before: createFigures({ failed: null }), after: createFigures({ used: 120 }) }];

  it('names them by their local address', () => {
    expect(nameOf('10.0.0.1')).toBe(name);
    expect(nameOf('0.0.0.0')).toBe('bound ports of any local address');
    expect(nameOf('::')).toBe('bound ports of any local address');
  });

  it('is a sentence with that name', () => {
    const shift = { from: 12, to: 1.1 };
    const title = (quantity: 'closeRate' | 'live') =>
      titleChange(createChange({ kind: 'behaviour', settings: [], pools, shifts: [{ quantity, ...shift }] }));
    expect(title('closeRate')).toBe('close rate of bound ports of 10.0.0.1 fell from 12/s to 1.1/s');
    expect(title('live')).toBe('open connections of bound ports of 10.0.0.1 fell from 12 to 1');
    expect(describeEffect(createChange({ pools }))).toBe(
      'port use of bound ports of 10.0.0.1 fell from 94% to 12%, failed connects are 3.1/s',
    );
  });
});
