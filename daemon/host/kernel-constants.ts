/** Numbers that the kernel fixes when it is built; no sysctl changes them. */
import { MINUTE_MS, SECOND_MS } from '../units.js';

/**
 * TCP_TIMEWAIT_LEN of include/net/tcp.h: how long Linux keeps a connection in TIME_WAIT, before the timer's rounding.
 * Some vendors' kernels have the sysctl `tcp_tw_timeout` in its place.
 */
export const TIME_WAIT_MS = MINUTE_MS;
/** The longest TIME_WAIT that `net.ipv4.tcp_tw_timeout` allows, on the kernels that have it. */
export const LONGEST_TIME_WAIT_MS = 10 * MINUTE_MS;
/** The highest port number of TCP. */
export const LAST_PORT = 65_535;
/** The count of port numbers, port 0 included. An array that is indexed by the port has this length. */
export const PORT_COUNT = LAST_PORT + 1;
/** The reuse delay of kernels without `tcp_tw_reuse_delay`, and the default of those with it (kernel rule 16). */
export const DEFAULT_REUSE_DELAY_MS = SECOND_MS;
/** The longest reuse delay that `net.ipv4.tcp_tw_reuse_delay` allows: TCP_PAWS_MSL. */
export const LONGEST_REUSE_DELAY_MS = MINUTE_MS;
