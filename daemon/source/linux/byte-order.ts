/** The byte order of the host. Netlink headers and /proc/net/tcp are in it, addresses in both are in network order. */

/**
 * True on x86 and ARM, false on s390x. The codecs take it as an argument, so that a table that was recorded on a host of the
 * other order can be decoded.
 */
export const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * `ntohl` of C: the value of a 32-bit word in network order (big-endian) that was loaded in the byte order of the host,
 * or in the one given. It is its own inverse, `htonl`. The result is signed, as the address words of host/ip-address.ts are.
 */
export function swapNetworkWord(word: number, isLittleEndian = IS_LITTLE_ENDIAN): number {
  if (!isLittleEndian) return word | 0;
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
