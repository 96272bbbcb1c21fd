/** The netlink source: one socket and one buffer, both kept between dumps, and what is done when a dump goes wrong. */
import { LAST_PORT } from '../../host/kernel-constants.js';
import type { PortRange } from '../../host/limits.js';
import { V4_MAPPED_WORD } from '../../host/ipv4-mapped.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import { STATE } from '../../snapshot/snapshot.js';
import type { DumpOutcome, TableSource } from '../table-source.js';
import { readLinuxLimits } from './limits.js';
import { BOUND_INACTIVE_ONLY, CONNECTION_STATES, createNetlinkDecoder, encodeDumpRequest } from './netlink-codec.js';
import { PROC_ROOT } from './proc-paths.js';
import type { DiagSocket, Native } from './netlink-native.js';

/** The kernel sends at most about 32 KiB at a time, however large the buffer is. */
const BUFFER_BYTES = 64 * 1024;
/** In a table of up to so many rows the bind table is walked with every dump, in a longer one with every few dumps. */
const SHORT_TABLE_ROWS = 4096;
const DUMPS_PER_BOUND_WALK = 5;

/** How many ports the probe tries on each side, and how far they are apart. */
const PROBE_PORTS = 64;
const PROBE_STEP = 1009;
const FIRST_UNPRIVILEGED = 1024;
const DEFAULT_RANGE: PortRange = { first: 32_768, last: 60_999 };

type OpenSocket = () => DiagSocket;

/** Opens the socket, and finds out whether this kernel shows BOUND_INACTIVE sockets. Throws SOURCE_UNAVAILABLE. */
export function openNetlinkSource(native: Native, receiveTimeoutMs: number, procRoot = PROC_ROOT): TableSource {
  const dumper = createDumper(() => native.openDiagSocket(receiveTimeoutMs));
  try {
    return createNetlinkSource(dumper, probeBoundInactive(native, dumper, listProbePorts(readRange(procRoot))));
  } catch (error) {
    dumper.close();
    throw error;
  }
}

/**
 * The source over a given dumper. An interrupted dump is repeated once; the second result is used as it is.
 *
 * To find BOUND_INACTIVE sockets the kernel also walks the whole bind table, a fifth of the cost of a long dump.
 * Such sockets are few and long-lived, so while the table is long the ports found by the last walk are shown again with the
 * dumps that come before the next walk.
 */
export function createNetlinkSource(dumper: NetlinkDumper, hasBoundInactive: boolean): TableSource {
  let bound: number[] = [];
  let lastRows = 0;
  let dumpsSinceWalk = DUMPS_PER_BOUND_WALK;
  return {
    name: 'netlink',
    hasTimers: true,
    hasBoundInactive,
    dump(sink) {
      dumpsSinceWalk += 1;
      if (hasBoundInactive && (lastRows <= SHORT_TABLE_ROWS || dumpsSinceWalk >= DUMPS_PER_BOUND_WALK)) {
        bound = listBoundPorts(dumper);
        dumpsSinceWalk = 0;
      }
      let outcome = dumper.dump(sink, CONNECTION_STATES);
      if (outcome.interrupted) outcome = dumper.dump(sink, CONNECTION_STATES);
      lastRows = sink.rows();
      for (const port of bound)
        sink.add(0, 0, V4_MAPPED_WORD, 0, port, 0, 0, V4_MAPPED_WORD, 0, 0, STATE.BOUND_INACTIVE, 0, 0, 0);
      return outcome;
    },
    close: () => {
      dumper.close();
    },
  };
}

interface NetlinkDumper {
  /** Dumps the sockets in these states. After an error the next dump opens a new socket, so no answer is left unread. */
  dump(sink: RowSink, states: number): DumpOutcome;
  close(): void;
}

export function createDumper(open: OpenSocket): NetlinkDumper {
  const buffer = new ArrayBuffer(BUFFER_BYTES);
  const bytes = new Uint8Array(buffer);
  const decoder = createNetlinkDecoder(buffer);
  let socket: DiagSocket | null = open();
  let seq = 0;
  const close = (): void => {
    socket?.close();
    socket = null;
  };
  return {
    dump(sink, states) {
      sink.begin();
      seq = (seq + 1) >>> 0;
      let interrupted = false;
      try {
        socket ??= open();
        socket.send(encodeDumpRequest(seq, states));
        for (;;) {
          const part = decoder.decode(socket.receive(bytes), { seq, sink });
          interrupted ||= part.interrupted;
          if (part.done) return { interrupted };
        }
      } catch (error) {
        close();
        throw error;
      }
    },
    close,
  };
}

/**
 * Whether a dump shows a socket that is bound but not connected (since Linux 6.8, and where it was backported): one is
 * bound here to try. Where no port can be bound, which no exhaustion brings about, such sockets are taken as not shown.
 */
function probeBoundInactive(native: Native, dumper: NetlinkDumper, ports: readonly number[]): boolean {
  return native.withBoundPort(ports, (port) => listBoundPorts(dumper).includes(port)) ?? false;
}

/**
 * The ports to try a bind with, likeliest first. They lie outside of the ephemeral range, because the ports in it may all
 * be taken, and a plain connect avoids a port that was bound (kernel rule 7). Only a range that has all ports above 1023
 * leaves none; then a few of its own follow, and those below 1024, which take a right.
 */
export function listProbePorts({ first, last }: PortRange): number[] {
  const isOutside = (port: number): boolean => port < first || port > last;
  const spread = Array.from({ length: PROBE_PORTS }, (_, index) => LAST_PORT - index * PROBE_STEP);
  const unprivileged = spread.filter((port) => port >= FIRST_UNPRIVILEGED);
  const beside = [first - 1, first - 2, last + 1, last + 2].filter(
    (port) => port >= FIRST_UNPRIVILEGED && port <= LAST_PORT,
  );
  const privileged = spread.map((_, index) => FIRST_UNPRIVILEGED - 1 - index);
  return [
    ...unprivileged.filter(isOutside),
    ...beside,
    ...unprivileged.filter((port) => !isOutside(port)),
    ...privileged,
  ];
}

/** The default of Linux where the range cannot be read. */
function readRange(procRoot: string): PortRange {
  try {
    return readLinuxLimits(procRoot).limits.range;
  } catch {
    return DEFAULT_RANGE;
  }
}

function listBoundPorts(dumper: NetlinkDumper): number[] {
  const ports: number[] = [];
  dumper.dump(
    createBoundPortSink((port) => ports.push(port)),
    BOUND_INACTIVE_ONLY,
  );
  return ports;
}

function createBoundPortSink(onPort: (port: number) => void): RowSink {
  let rows = 0;
  return {
    begin: () => (rows = 0),
    add(_l0, _l1, _l2, _l3, localPort, _r0, _r1, _r2, _r3, _remotePort, state) {
      rows++;
      if (state === STATE.BOUND_INACTIVE) onPort(localPort);
    },
    addMalformed: () => undefined,
    rows: () => rows,
    malformed: () => 0,
  };
}
