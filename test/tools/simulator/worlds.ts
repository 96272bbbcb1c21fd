/** Worlds for the tests of the simulator. */
import { simulate } from './simulate.js';
import { LEARNED, limitsOf, SERVER, type Stream, type World } from './world.js';

export const OTHER = { ...SERVER, remote: '10.0.0.3' };
/** A stream that closes `rate` connections per second towards the server. */
export const createStream = (rate: Stream['rate'], more: Partial<Stream> = {}): Stream => ({
  to: [SERVER],
  rate,
  fate: 'time_wait',
  ...more,
});
/** A world with these streams. */
export const createWorld = (streams: readonly Stream[], more: Partial<World> = {}): World => ({
  limits: limitsOf(),
  granularity: LEARNED,
  streams,
  ...more,
});
/** The simulation of a world at an instant. */
export const simulateTo = (of: World, ms: number) => {
  const simulation = simulate(of);
  simulation.runTo(ms);
  return simulation;
};
/** The ports that the table shows at an instant. */
export const listPorts = (of: World, ms: number): number[] => [...simulateTo(of, ms).snapshot().outboundRows.localPort];
