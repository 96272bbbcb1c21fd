/** Constants of the kernel that no setting changes. */
import { MINUTE_MS } from '../units.js';

/** TCP_TIMEWAIT_LEN of include/net/tcp.h: how long Linux keeps a connection in TIME_WAIT, before the timer's rounding. */
export const TIME_WAIT_MS = MINUTE_MS;
/** The highest port number of TCP. */
export const LAST_PORT = 65_535;
/** How many port numbers there are, port 0 included: the length of an array that is indexed by the port. */
export const PORT_COUNT = LAST_PORT + 1;
