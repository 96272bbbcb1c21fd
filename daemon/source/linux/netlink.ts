/** The netlink source: one kept socket, one reused buffer, and what to do when a dump goes wrong. */
import { V4_MAPPED_WORD } from '../../host/ipv4-mapped.js';
import type { RowSink } from '../../snapshot/snapshot-builder.js';
import { STATE } from '../../snapshot/snapshot.js';
import { BOUND_INACTIVE_ONLY, CONNECTION_STATES, createNetlinkDecoder, encodeDumpRequest } from './netlink-codec.js';
import type { DiagSocket, Native } from './netlink-native.js';
import type { DumpOutcome, TableSource } from '../table-source.js';

/** The kernel sends at most about 32 KiB at a time, whatever the buffer. */
const BUFFER_BYTES = 64 * 1024;

type OpenSocket = () => DiagSocket;

/** Opens the socket and finds out whether this kernel shows BOUND_INACTIVE. Throws SOURCE_UNAVAILABLE. */
export function openNetlinkSource(native: Native, receiveTimeoutMs: number): TableSource {
  const dumper = createDumper(() => native.openDiagSocket(receiveTimeoutMs));
  try {
    return createNetlinkSource(dumper, probeBoundInactive(native, dumper));
  } catch (error) {
    dumper.close();
    throw error;
  }
}

/** In a table up to this long BOUND_INACTIVE is walked with every dump, in a longer one with every few dumps. */
const SHORT_TABLE_ROWS = 4096;
const DUMPS_PER_BOUND_WALK = 5;

/**
 * The source over a given dumper: an interrupted dump is made once more, and then taken as it is.
 *
 * For BOUND_INACTIVE the kernel walks the whole bind table besides, a fifth of the cost of a long dump, to find sockets
 * that are few and stay: in a long table those of the last walk are shown again until the next.
 */
export function createNetlinkSource(dumper: NetlinkDumper, hasBoundInactive: boolean): TableSource {
  let bound: number[] = [];
  let lastRows = 0;
  let sinceWalk = DUMPS_PER_BOUND_WALK;
  return {
    name: 'netlink',
    hasTimers: true,
    hasBoundInactive,
    dump(sink) {
      sinceWalk += 1;
      if (hasBoundInactive && (lastRows <= SHORT_TABLE_ROWS || sinceWalk >= DUMPS_PER_BOUND_WALK)) {
        bound = boundPorts(dumper);
        sinceWalk = 0;
      }
      let outcome = dumper.dump(sink, CONNECTION_STATES);
      if (outcome.interrupted) outcome = dumper.dump(sink, CONNECTION_STATES);
      lastRows = sink.rows();
      for (const port of bound)
        sink.add(0, 0, V4_MAPPED_WORD, 0, port, 0, 0, V4_MAPPED_WORD, 0, 0, STATE.BOUND_INACTIVE, 0, 0);
      return outcome;
    },
    close: () => {
      dumper.close();
    },
  };
}

export interface NetlinkDumper {
  /** One dump of these states. After an error the next one gets a fresh socket: nothing half-read is left over. */
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

/** Whether a socket that is bound but not connected shows (since Linux 6.8): asked with one of our own. */
function probeBoundInactive(native: Native, dumper: NetlinkDumper): boolean {
  return native.withBoundPort((port) => boundPorts(dumper).includes(port));
}

function boundPorts(dumper: NetlinkDumper): number[] {
  const ports: number[] = [];
  dumper.dump(
    boundPortSink((port) => ports.push(port)),
    BOUND_INACTIVE_ONLY,
  );
  return ports;
}

function boundPortSink(onPort: (port: number) => void): RowSink {
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
