/** The netlink source: one socket and one buffer, both kept between dumps, and what is done when a dump goes wrong. */
import { V4_MAPPED_WORD } from '../../host/ipv4-mapped.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import { STATE } from '../../snapshot/snapshot.js';
import type { DumpOutcome, TableSource } from '../table-source.js';
import { BOUND_INACTIVE_ONLY, CONNECTION_STATES, createNetlinkDecoder, encodeDumpRequest } from './netlink-codec.js';
import type { DiagSocket, Native } from './netlink-native.js';

/** The kernel sends at most about 32 KiB at a time, however large the buffer is. */
const BUFFER_BYTES = 64 * 1024;
/** In a table of up to so many rows the bind table is walked with every dump, in a longer one with every few dumps. */
const SHORT_TABLE_ROWS = 4096;
const DUMPS_PER_BOUND_WALK = 5;

type OpenSocket = () => DiagSocket;

/** Opens the socket, and finds out whether this kernel shows BOUND_INACTIVE sockets. Throws SOURCE_UNAVAILABLE. */
export function openNetlinkSource(native: Native, receiveTimeoutMs: number): TableSource {
  const dumper = createDumper(() => native.openDiagSocket(receiveTimeoutMs));
  try {
    return createNetlinkSource(dumper, probeBoundInactive(native, dumper));
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

/** Whether a dump shows a socket that is bound but not connected (since Linux 6.8): one is bound here to try. */
function probeBoundInactive(native: Native, dumper: NetlinkDumper): boolean {
  return native.withBoundPort((port) => listBoundPorts(dumper).includes(port));
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
