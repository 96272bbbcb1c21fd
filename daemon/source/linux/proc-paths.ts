/** The files below /proc that several readers use. Every reader takes the root as an argument, so that tests can give one. */

/** Where the proc file system is mounted. */
export const PROC_ROOT = '/proc';

/**
 * Paths below the root. `/proc/net` is a link to the files of the main thread; `thread-self` leads to those of the
 * calling thread, whose network namespace may be another one.
 */
export const PROC_FILES = {
  tcp: 'thread-self/net/tcp',
  tcp6: 'thread-self/net/tcp6',
  sockstat: 'thread-self/net/sockstat',
  sockstat6: 'thread-self/net/sockstat6',
  netstat: 'thread-self/net/netstat',
  snmp: 'thread-self/net/snmp',
  /** A link that names the network namespace. */
  networkNamespace: 'thread-self/ns/net',
  /** The folder of the `net.ipv4` sysctls, which apply to IPv6 ports as well. */
  ipv4Sysctls: 'sys/net/ipv4',
  /** What `uname -r` prints. */
  kernelRelease: 'sys/kernel/osrelease',
} as const;
