/** `networkConnections()` of systeminformation: the source of every platform without one of its own. */
import { createServer } from 'node:net';
import { networkConnections, type Systeminformation } from 'systeminformation';
import { PortcastError } from '../../errors.js';
import { parseAddress } from '../../host/ip-address.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import { EXPIRES_UNKNOWN, STATE } from '../../snapshot/snapshot.js';
import type { TableSource } from '../table-source.js';
import { LAST_PORT } from '../../host/kernel-constants.js';

/** A row as it comes: ports are strings, and so is whatever a command printed. */
export type ConnectionRow = Pick<
  Systeminformation.NetworkConnectionsData,
  'protocol' | 'localAddress' | 'localPort' | 'peerAddress' | 'peerPort' | 'state'
>;

/** Names that netstat and ss print, beside the kernel's own; Windows' BOUND holds a port as BOUND_INACTIVE does. */
const OTHER_NAMES: Record<string, number> = {
  ESTAB: STATE.ESTABLISHED,
  LISTENING: STATE.LISTEN,
  SYN_RECEIVED: STATE.SYN_RECV,
  FIN_WAIT_1: STATE.FIN_WAIT1,
  FIN_WAIT_2: STATE.FIN_WAIT2,
  CLOSED: STATE.CLOSE,
  BOUND: STATE.BOUND_INACTIVE,
};

/** No timers; `[]` means "none" as well as "failed", so an empty table is believed only when it is proven right.
 * Throws SOURCE_UNAVAILABLE when the first listing proves wrong. */
export async function openSysteminformationSource(
  list: () => Promise<ConnectionRow[]> = networkConnections,
): Promise<TableSource> {
  if ((await list()).length === 0) await requireSight(list);
  return {
    name: 'systeminformation',
    hasTimers: false,
    hasBoundInactive: process.platform === 'win32',
    async dump(sink) {
      const rows = await list();
      if (rows.length === 0) await requireSight(list);
      sink.begin();
      for (const row of rows) addConnectionRow(row, sink);
      if (sink.rows() === 0 && sink.malformed() > 0) {
        throw new PortcastError('SOURCE_MALFORMED', `none of ${sink.malformed()} connections listed could be read`);
      }
      return { interrupted: false };
    },
    close: () => undefined,
  };
}

/** One row into the sink; UDP is passed over, what cannot be read counts as malformed. */
export function addConnectionRow(row: ConnectionRow, sink: RowSink): void {
  if (!row.protocol.toLowerCase().startsWith('tcp')) return;
  const local = parsePrinted(row.localAddress, row.protocol);
  const remote = parsePrinted(row.peerAddress, row.protocol);
  const localPort = parsePort(row.localPort);
  const remotePort = parsePort(row.peerPort);
  const state = stateNumber(row.state);
  if (local === null || remote === null || localPort === null || remotePort === null || state === null) {
    sink.addMalformed(1);
    return;
  }
  sink.add(...local, localPort, ...remote, remotePort, state, 0, EXPIRES_UNKNOWN);
}

function stateNumber(printed: string): number | null {
  const name = printed.toUpperCase().replaceAll('-', '_');
  const numbers: Record<string, number> = { ...OTHER_NAMES, ...STATE };
  return numbers[name] ?? null;
}

/** Without brackets and scope (`fe80::1%eth0`); `*` and nothing stand for the unspecified address. */
function parsePrinted(printed: string, protocol: string): [number, number, number, number] | null {
  const text = printed.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (text === '*' || text === '') return parseAddress(protocol.endsWith('6') ? '::' : '0.0.0.0');
  return parseAddress(text);
}

/** `*` and nothing are port 0; null when it is no port. */
function parsePort(printed: string): number | null {
  if (printed === '*' || printed === '') return 0;
  return /^\d{1,5}$/.test(printed) && Number(printed) <= LAST_PORT ? Number(printed) : null;
}

/** Opens a listener of our own: a listing that does not show even that one has failed. */
async function requireSight(list: () => Promise<ConnectionRow[]>): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    if ((await list()).some((row) => row.localPort === port)) return;
  } finally {
    server.close();
  }
  throw new PortcastError(
    'SOURCE_UNAVAILABLE',
    'the system lists no TCP connection at all, not even one of our own: its listing command (netstat or ss) fails',
  );
}
