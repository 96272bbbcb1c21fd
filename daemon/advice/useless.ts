/** Remedies that are often advised and do nothing for a pool, each with the reason. */
import type { Cause, PoolForecast } from '../forecast/types.js';
import { buildRemedy } from './build-remedy.js';
import type { RemedyName } from './catalogue.js';
import { NOT_FIN_TIMEOUT, type Remedy } from './effect.js';

const NEVER_CLOSED = 'the connections are never closed, so nothing is in TIME_WAIT';
const UNANSWERED = 'the connects are not answered, so no connection exists that could be kept or closed';

const USELESS: Record<Cause, readonly (readonly [RemedyName, string])[]> = {
  closes: [],
  growth: [
    ['second_destination', 'connections that are never closed fill the ports of a second destination as well'],
    ['second_source', 'connections that are never closed fill the ports of a second local address as well'],
    ['tw_reuse', NEVER_CLOSED],
    ['fin_timeout', NEVER_CLOSED],
    ['keep_alive', 'the connections are kept already: none is closed'],
    ['server_closes', NEVER_CLOSED],
    ['so_linger', 'it acts when a connection is closed, and these are not closed'],
  ],
  unanswered: [
    ['tw_reuse', `${UNANSWERED}; nothing is in TIME_WAIT`],
    ['fin_timeout', NOT_FIN_TIMEOUT],
    ['keep_alive', UNANSWERED],
    ['server_closes', UNANSWERED],
    ['second_source', 'attempts from a second local address are not answered either'],
    ['so_linger', UNANSWERED],
  ],
};

const NOTHING_TO_VERIFY = { text: 'Nothing to verify.' };

/** @param isLinux where options of Linux sockets may be named. */
export function listUseless({ kind }: PoolForecast, cause: Cause, isLinux: boolean): Remedy[] {
  const listed: (readonly [RemedyName, string])[] = [...USELESS[cause]];
  if (isLinux && kind !== 'bind') {
    listed.push(['bind_no_port', 'the clients of this pool do not bind before they connect']);
    listed.push([
      'local_port_range',
      'IP_LOCAL_PORT_RANGE can only narrow the range of a socket: a part outside of ip_local_port_range has no effect',
    ]);
  }
  return listed.map(([name, useless]) => buildRemedy(name, { detail: '', useless, verify: NOTHING_TO_VERIFY }));
}
