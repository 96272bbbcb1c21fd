import { expect, it } from 'vitest';
import { poolToWire } from '../../../daemon/wire/pool.js';
import { createPoolForecast } from '../../builders/pool-forecast.js';

it('states the least capacity of a pool, and the ports that connect() skips, only where there are such', () => {
  expect(poolToWire(createPoolForecast({ capacity: 900, capacityLow: 500, skippedPorts: 100 }))).toMatchObject({
    capacity: 900,
    capacityLow: 500,
    skippedPorts: 100,
  });
  const plain = poolToWire(createPoolForecast());
  expect(plain).not.toHaveProperty('capacityLow');
  expect(plain).not.toHaveProperty('skippedPorts');
});
