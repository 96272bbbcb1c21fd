/**
 * Parts of URL-safe ids joined by `_`. Whatever could be mistaken for a separator or needs escaping in a URL becomes
 * `~` and the hex of its UTF-8 byte: percent-encoding with a sign that URLs carry as it is, so ids survive routers
 * that decode `%`.
 */
export function formatIdPart(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : escape(byte)))
    .join('');
}

/** A canonical address in an id: the colons of IPv6 become `-`, which no address contains. */
export function formatAddressIdPart(address: string): string {
  return address.replaceAll(':', '-');
}

/** Letters, digits, `.` and `-`. */
function isPlain(byte: number): boolean {
  const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  return letter || (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2d;
}

function escape(byte: number): string {
  return `~${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
