/**
 * The tracepoints that show failed connects and binds, and the filters that the kernel applies to them (kernel rule 19).
 * An event that a filter rejects is not written anywhere, so tracing costs nothing while no connect fails.
 */
import { PortcastError } from '../../../errors.js';

/** For each CPU. It holds about 1,500 events; the kernel counts the events that it overwrites. */
const BUFFER_KB = 128;
/** Fires at each change of the state of a TCP socket. */
export const CONNECT_EVENT = 'events/sock/inet_sock_set_state';
/** SYN_SENT (2) to CLOSE (7) without a source port, over TCP (6): the connect failed because no port was free. */
const CONNECT_TESTS = ['oldstate == 2', 'newstate == 7', 'sport == 0', 'protocol == 6'] as const;
/** The field of each test that the kernel may lack: before it had MPTCP and SCTP events, all events were of TCP. */
const OPTIONAL_FIELDS: ReadonlySet<string> = new Set(['protocol']);
/** Fires when the system call bind returns. */
export const BIND_EVENT = 'events/syscalls/sys_exit_bind';
/** The call returned -EADDRINUSE. */
export const BIND_FILTER = 'ret == -98';

/**
 * The filter of CONNECT_EVENT on a kernel whose event has these fields. A kernel refuses a filter that names another one.
 * @param fields of its format file; null where that cannot be read, as in an instance that the service manager made.
 * @throws SOURCE_UNAVAILABLE when the event lacks a field without which failed connects cannot be told.
 */
function renderConnectFilter(fields: ReadonlySet<string> | null): string {
  const nameOf = (test: string): string => test.slice(0, test.indexOf(' '));
  const absent = fields === null ? [] : CONNECT_TESTS.map(nameOf).filter((name) => !fields.has(name));
  const needed = absent.filter((name) => !OPTIONAL_FIELDS.has(name));
  if (needed.length > 0) {
    throw new PortcastError(
      'SOURCE_UNAVAILABLE',
      `the event inet_sock_set_state of this kernel has no field ${needed.join(', ')}`,
    );
  }
  return CONNECT_TESTS.filter((test) => !absent.includes(nameOf(test))).join(' && ');
}

/**
 * The files of a tracing instance and the value that each one gets, in this order: a filter comes before its event.
 * @param fields as `renderConnectFilter` takes them.
 */
export function listInstanceSettings(
  fields: ReadonlySet<string> | null,
): readonly (readonly [file: string, value: string])[] {
  return [
    ['trace_clock', 'mono'],
    ['buffer_size_kb', String(BUFFER_KB)],
    [`${CONNECT_EVENT}/filter`, renderConnectFilter(fields)],
    [`${CONNECT_EVENT}/enable`, '1'],
  ];
}
