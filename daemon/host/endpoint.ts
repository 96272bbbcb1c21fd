/** Writes an end point, which is an address and a port, as text. IPv6 addresses stand in brackets (RFC 3986). */

/** `fe80::1` becomes `[fe80::1]`. An IPv4 address such as `10.0.0.1` and a host name stay as they are. */
export function bracketAddress(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Whether an address stands for every local address: `0.0.0.0` and `::`. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** `10.0.0.1:443` or `[fe80::1]:443`. */
export function formatEndpoint(address: string, port: number | string): string {
  return `${bracketAddress(address)}:${port}`;
}
