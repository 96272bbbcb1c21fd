/** The source for every platform that has none of its own: `networkConnections()` of the package systeminformation. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { networkConnections, type Systeminformation } from 'systeminformation';
import { PortcastError } from '../../errors.js';
import { parseAddress } from '../../host/ip-address.js';
import { createDuplicateFilter } from '../../snapshot/duplicate-filter.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import { EXPIRES_UNKNOWN, STATE } from '../../snapshot/snapshot.js';
import type { TableSource } from '../table-source.js';
import { LAST_PORT } from '../../host/kernel-constants.js';
import { SECOND_MS } from '../../units.js';

/** A row as the package returns it: every field is a string that a command printed. */
export type ConnectionRow = Pick<
  Systeminformation.NetworkConnectionsData,
  'protocol' | 'localAddress' | 'localPort' | 'peerAddress' | 'peerPort' | 'state'
>;

/** The width of the address columns of `netstat` without `-W` (net-tools). */
const NETSTAT_COLUMN_WIDTH = 23;

/** How long `netstat -W` may take, and how much it may print. The package allows the command that it runs as much. */
const WIDE_TIMEOUT_MS = 10 * SECOND_MS;
const WIDE_MAX_BYTES = 100 * 1024 ** 2;

/** Names that netstat and ss print besides those of the kernel. BOUND of Windows holds a port as BOUND_INACTIVE does. */
const OTHER_STATE_NAMES: Record<string, number> = {
  ESTAB: STATE.ESTABLISHED,
  LISTENING: STATE.LISTEN,
  SYN_RECEIVED: STATE.SYN_RECV,
  FIN_WAIT_1: STATE.FIN_WAIT1,
  FIN_WAIT_2: STATE.FIN_WAIT2,
  CLOSED: STATE.CLOSE,
  BOUND: STATE.BOUND_INACTIVE,
};

/**
 * Opens the source. It has no timers. The package returns `[]` for a table without rows and also when its command fails, so an
 * empty list is accepted only after a check (`requireOwnListener`). Throws SOURCE_UNAVAILABLE when the first list fails it.
 *
 * The command of the package may cut IPv6 addresses. Once a row shows that it does, `listWide` lists the connections with
 * whole addresses; where it cannot, the rows that may be cut count as malformed.
 */
export async function openSysteminformationSource(
  list: () => Promise<ConnectionRow[]> = networkConnections,
  listWide: () => Promise<ConnectionRow[]> = listByWideNetstat,
): Promise<TableSource> {
  let cutsAddresses = false;
  const listWhole = async (): Promise<{ rows: ConnectionRow[]; areWhole: boolean }> => {
    const rows = cutsAddresses ? [] : await list();
    cutsAddresses ||= rows.some(isRowPerhapsCut);
    const wide = cutsAddresses ? await listWide() : [];
    if (wide.length > 0) return { rows: wide, areWhole: true };
    cutsAddresses = false;
    return { rows: rows.length > 0 ? rows : await list(), areWhole: false };
  };
  if ((await list()).length === 0) await requireOwnListener(list);
  // On Linux the listing command may read /proc/net/tcp.
  const duplicates = createDuplicateFilter();
  return {
    name: 'systeminformation',
    hasTimers: false,
    hasBoundInactive: process.platform === 'win32',
    async dump(to) {
      const sink = duplicates.through(to);
      const { rows, areWhole } = await listWhole();
      if (rows.length === 0) await requireOwnListener(list);
      sink.begin();
      for (const row of rows) addConnectionRow(row, sink, areWhole);
      if (sink.rows() === 0 && sink.malformed() > 0) {
        throw new PortcastError('SOURCE_MALFORMED', `none of ${sink.malformed()} connections listed could be read`);
      }
      return { interrupted: false };
    },
    close: () => undefined,
  };
}

/**
 * Adds one row to the sink. A row that cannot be parsed counts as malformed, and so does one whose address may be cut,
 * unless `isWhole`; UDP is skipped.
 */
export function addConnectionRow(row: ConnectionRow, sink: RowSink, isWhole = false): void {
  if (!row.protocol.toLowerCase().startsWith('tcp')) return;
  const local = !isWhole && isRowPerhapsCut(row) ? null : parsePrintedAddress(row.localAddress, row.protocol);
  const remote = parsePrintedAddress(row.peerAddress, row.protocol);
  const localPort = parsePort(row.localPort);
  const remotePort = parsePort(row.peerPort);
  const state = parseState(row.state);
  if (local === null || remote === null || localPort === null || remotePort === null || state === null) {
    sink.addMalformed(1);
    return;
  }
  sink.add(...local, localPort, ...remote, remotePort, state, 0, EXPIRES_UNKNOWN, 0);
}

/** Lists the connections by `netstat -W`, which cuts no address. Never rejects: empty where that is not possible. */
function listByWideNetstat(): Promise<ConnectionRow[]> {
  const options = { timeout: WIDE_TIMEOUT_MS, maxBuffer: WIDE_MAX_BYTES, env: { ...process.env, LC_ALL: 'C' } };
  return new Promise((done) => {
    execFile('netstat', ['-tanW'], options, (error, stdout) => done(error === null ? parseNetstat(stdout) : []));
  });
}

/** The rows of `netstat -tan` of Linux: protocol, two queues, local end, remote end, state. */
export function parseNetstat(text: string): ConnectionRow[] {
  return text.split('\n').flatMap((line) => {
    const [protocol = '', , , local = '', peer = '', state = ''] = line.trim().split(/ +/);
    if (!protocol.startsWith('tcp') || state === '') return [];
    const [localAddress, localPort] = splitEnd(local);
    const [peerAddress, peerPort] = splitEnd(peer);
    return [{ protocol, localAddress, localPort, peerAddress, peerPort, state }];
  });
}

/** The address and the port of `address:port`. */
function splitEnd(end: string): [string, string] {
  const at = end.lastIndexOf(':');
  return [end.slice(0, at), end.slice(at + 1)];
}

function isRowPerhapsCut({ protocol, localAddress, localPort, peerAddress, peerPort }: ConnectionRow): boolean {
  const isTcp = protocol.toLowerCase().startsWith('tcp');
  return isTcp && (isPerhapsCut(localAddress, localPort) || isPerhapsCut(peerAddress, peerPort));
}

/**
 * Whether netstat of Linux may have cut this IPv6 address, which it does to fit address and port into the width of their
 * column. What is left may be an address that does not exist, so such a row counts as malformed. The brackets of `ss`
 * show that nothing was cut.
 */
function isPerhapsCut(address: string, port: string): boolean {
  const isNetstat = process.platform === 'linux' && !address.startsWith('[');
  return isNetstat && address.includes(':') && `${address}:${port}`.length === NETSTAT_COLUMN_WIDTH;
}

function parseState(printed: string): number | null {
  const name = printed.toUpperCase().replaceAll('-', '_');
  const numbers: Record<string, number> = { ...OTHER_STATE_NAMES, ...STATE };
  return numbers[name] ?? null;
}

/** Ignores brackets and scope (`fe80::1%eth0`). `*` and the empty string are the unspecified address. */
function parsePrintedAddress(printed: string, protocol: string): [number, number, number, number] | null {
  const text = printed.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (text === '*' || text === '') return parseAddress(protocol.endsWith('6') ? '::' : '0.0.0.0');
  return parseAddress(text);
}

/** `*` and the empty string are port 0. Null when the text is no port. */
function parsePort(printed: string): number | null {
  if (printed === '*' || printed === '') return 0;
  return /^\d{1,5}$/.test(printed) && Number(printed) <= LAST_PORT ? Number(printed) : null;
}

/** Opens a listener and lists again. A list that does not show even that listener is the result of a failed command. */
async function requireOwnListener(list: () => Promise<ConnectionRow[]>): Promise<void> {
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
