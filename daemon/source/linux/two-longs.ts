/**
 * Two C longs, one after the other. That is what struct timeval is for SO_RCVTIMEO (20), and struct timespec for
 * clock_gettime, as the C library exports it by that name: on 32-bit processes with 32-bit fields, whatever time_t is.
 */

/** The 32-bit architectures that Node.js names in `process.arch`. */
const SHORT_LONGS: ReadonlySet<string> = new Set(['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390']);

/** Two longs of a process of this architecture, to be passed to C as a pointer. */
export function createTwoLongs(arch: string, first = 0, second = 0): Int32Array | BigInt64Array {
  return SHORT_LONGS.has(arch) ? Int32Array.of(first, second) : BigInt64Array.of(BigInt(first), BigInt(second));
}
