/** The name that portcast gives itself in an SMTP session (EHLO) when none is configured. */
import { hostname, networkInterfaces } from 'node:os';
import { isFullyQualified } from '../../mail-address.js';

interface ClientFacts {
  readonly hostName: string;
  readonly senderDomain: string;
  /** The addresses of this host, without those of loopback and of links. */
  readonly addresses: readonly string[];
}

/** Names that every host could have. */
const LOOPBACK_NAMES = /(?:^|\.)(?:localhost|localdomain)$/;
/** Top-level names for private networks (RFC 6762, appendix G; RFC 8375) and for examples (RFC 6761). */
const PRIVATE_NAMES = /\.(?:local|internal|intranet|private|corp|home|lan|arpa|test|example|invalid)$/;

/**
 * @param sender the address of the sender
 * @returns the name for this host, see `chooseClientName`
 */
export function findClientName(sender: string): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ internal, address }) => !internal && !/^(?:fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address);
  return chooseClientName({ hostName: hostname(), senderDomain: sender.replace(/^.*@/, ''), addresses });
}

/**
 * RFC 5321, 4.1.4, wants the fully qualified name of the host, and relays refuse other names for ever. A host whose name is
 * a single word, such as a container, has none, so it takes the domain of its sender, which the relay must know anyway. A
 * name of a private network is taken only where neither is public. Without any name it is the address (RFC 5321, 4.1.3).
 */
export function chooseClientName({ hostName, senderDomain, addresses }: ClientFacts): string {
  const names = [hostName, senderDomain]
    .map((name) => name.replace(/\.$/, '').toLowerCase())
    .filter((name) => isFullyQualified(name) && !LOOPBACK_NAMES.test(name));
  const name = names.find((candidate) => !PRIVATE_NAMES.test(candidate)) ?? names[0];
  if (name !== undefined) return name;
  const address = addresses.find((candidate) => !candidate.includes(':')) ?? addresses[0] ?? '127.0.0.1';
  return address.includes(':') ? `[IPv6:${address}]` : `[${address}]`;
}
