/**
 * The tracepoints that show failed connects and binds, and the filters that the kernel applies to them (kernel rule 19).
 * An event that a filter rejects is not written anywhere, so tracing costs nothing while no connect fails.
 */

/** For each CPU. It holds about 1,500 events; the kernel counts the events that it overwrites. */
const BUFFER_KB = 128;
/** Fires at each change of the state of a TCP socket. */
const CONNECT_EVENT = 'events/sock/inet_sock_set_state';
/** SYN_SENT (2) to CLOSE (7) without a source port, over TCP (6): the connect failed because no port was free. */
const CONNECT_FILTER = 'oldstate == 2 && newstate == 7 && sport == 0 && protocol == 6';
/** Fires when the system call bind returns. */
export const BIND_EVENT = 'events/syscalls/sys_exit_bind';
/** The call returned -EADDRINUSE. */
export const BIND_FILTER = 'ret == -98';

/** The files of a tracing instance and the value that each one gets, in this order: a filter comes before its event. */
export const INSTANCE_SETTINGS: readonly (readonly [file: string, value: string])[] = [
  ['trace_clock', 'mono'],
  ['buffer_size_kb', String(BUFFER_KB)],
  [`${CONNECT_EVENT}/filter`, CONNECT_FILTER],
  [`${CONNECT_EVENT}/enable`, '1'],
];
