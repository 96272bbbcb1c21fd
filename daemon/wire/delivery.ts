/** How one channel can deliver at present. */
import type { DeliveryFacts } from '../notify-contracts.js';
import { isoOrNull, SECOND_MS } from '../units.js';

export interface WireDelivery {
  channel: string;
  /** `smtp.example.org:587`; null for a channel without a connection. */
  server: string | null;
  /** The latest self-test: it connects, begins TLS and logs in, and sends nothing. All null before the first. */
  lastTestAt: string | null;
  lastTestOk: boolean | null;
  lastTestError: string | null;
  lastSentAt: string | null;
  /** The address that the next connection goes to, and the age of its look-up. Null while the name is not resolved. */
  address: string | null;
  addressAgeSeconds: number | null;
  /** The local ports of the connections, outside the ephemeral range; null when the kernel chooses them. */
  localPorts: string | null;
  /** Which local ports these are or why there are none, and why an old address is used. */
  why: string;
}

export function deliveryToWire(facts: DeliveryFacts): WireDelivery {
  const { channel, server, lastTestAtMs, lastTestError, address, addressAgeMs, localPorts, why } = facts;
  return {
    channel,
    server,
    lastTestAt: isoOrNull(lastTestAtMs),
    lastTestOk: lastTestAtMs === null ? null : lastTestError === null,
    lastTestError,
    lastSentAt: isoOrNull(facts.lastSentAtMs),
    address,
    addressAgeSeconds: addressAgeMs === null ? null : Math.round(addressAgeMs / SECOND_MS),
    localPorts,
    why,
  };
}
