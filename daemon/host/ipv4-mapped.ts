/**
 * IPv4-mapped addresses. A connection to `::ffff:a.b.c.d` takes its ports from the IPv4 pool of `a.b.c.d` (kernel rule
 * 2), so every IPv4 address is kept in its mapped form `0, 0, 0xffff, address`: then the rows of both families form one
 * pool.
 */

/** The third of the four 32-bit words of a mapped address. */
export const V4_MAPPED_WORD = 0xffff;

/** Whether an address with these first three words is an IPv4 or an IPv4-mapped address. */
export function isV4Words(w0: number, w1: number, w2: number): boolean {
  return (w0 | 0) === 0 && (w1 | 0) === 0 && (w2 | 0) === V4_MAPPED_WORD;
}
