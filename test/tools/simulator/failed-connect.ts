/** A failed call of a simulated host as the tracepoint would show it. */
import type { FailedConnect } from '../../../daemon/pool/failed-connect.js';
import type { Simulation } from './simulate.js';
import { WALL_START } from './world.js';

export function describeFailedConnect(failure: ReturnType<Simulation['failures']>[number]): FailedConnect {
  const { atMs, to, syscall } = failure;
  return {
    atMs: WALL_START + atMs,
    kind: syscall,
    localAddress: to.local,
    remoteAddress: to.remote,
    remotePort: to.port,
    pid: 1,
    name: 'client',
  };
}
