/** What a simulated host shows beside its socket table: the processes whose connects fail, and connections that the peer has closed. */
import type { FailedConnect } from '../../daemon/pool/failed-connect.js';
import { STATE, type Snapshot } from '../../daemon/snapshot/snapshot.js';
import type { Simulation } from '../tools/simulator/simulate.js';
import type { FailingProcess } from './host-scene.js';

/** One failed connect in so many is that of the last process. */
const FAILURES_OF_LAST = 20;

/**
 * The failed connects since the call before, as the tracepoint shows them.
 * @param startMs the wall clock at the start of the simulation
 */
export function createFailureReader(
  simulation: Simulation,
  processes: readonly FailingProcess[],
  startMs: number,
): () => FailedConnect[] {
  let readCount = 0;
  return () => {
    const failures = simulation.failures();
    const unread = failures.slice(readCount).map(({ atMs, to, syscall }, index): FailedConnect => {
      const caller = processes.at((readCount + index) % FAILURES_OF_LAST === 0 ? -1 : 0);
      if (caller === undefined) throw new Error('a scene that counts failures names at least one process');
      return {
        atMs: startMs + atMs,
        kind: syscall,
        localAddress: to.local,
        remoteAddress: syscall === 'bind' ? null : to.remote,
        remotePort: syscall === 'bind' ? null : to.port,
        pid: caller.pid,
        name: caller.name,
      };
    });
    readCount = failures.length;
    return unread;
  };
}

/** The simulator has no CLOSE_WAIT, so its ESTABLISHED rows stand for the connections that the peer has closed. */
export function withCloseWait(snapshot: Snapshot, beyond: number): Snapshot {
  let live = 0;
  const state = snapshot.outboundRows.state.map((each) => {
    if (each !== STATE.ESTABLISHED) return each;
    live += 1;
    return live > beyond ? STATE.CLOSE_WAIT : each;
  });
  return { ...snapshot, outboundRows: { ...snapshot.outboundRows, state } };
}
