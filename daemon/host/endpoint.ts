/** End points as text: the address, in brackets where it is IPv6 (RFC 3986), and the port. */

/** `10.0.0.1` stays as it is, `fe80::1` becomes `[fe80::1]`; a host name stays as it is. */
export function bracketAddress(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** `10.0.0.1:443` or `[fe80::1]:443`. */
export function formatEndpoint(address: string, port: number | string): string {
  return `${bracketAddress(address)}:${port}`;
}
