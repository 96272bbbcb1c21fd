/** Writes the parts of ids. An id is safe in a URL; its parts are joined by `_`. */

/**
 * Writes a name as one part of an id. Each UTF-8 byte that is not a letter, a digit, `.` or `-` becomes `~` and two hex
 * digits. This is percent-encoding with `~` in place of `%`: URLs allow `~` as it is, so a router that decodes `%` does
 * not change the id.
 */
export function formatIdPart(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => (isPlainByte(byte) ? String.fromCharCode(byte) : escapeByte(byte)))
    .join('');
}

/** Writes a canonical address as one part of an id. The colons of IPv6 become `-`, which no address contains. */
export function formatAddressIdPart(address: string): string {
  return address.replaceAll(':', '-');
}

/** Letters, digits, `.` and `-`. */
function isPlainByte(byte: number): boolean {
  const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  return letter || (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2d;
}

function escapeByte(byte: number): string {
  return `~${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
