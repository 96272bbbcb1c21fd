/** Replaces what a recording tells of who talks to whom: addresses and names, each always by the same stand-in. */
import type { TableReading } from '../../contracts.js';
import type { FailedConnect } from '../../pool/failed-connect.js';
import { formatAddress, parseAddress } from '../../host/ip-address.js';
import { isV4Words, V4_MAPPED_WORD } from '../../host/ipv4-mapped.js';
import type { Snapshot } from '../../snapshot/snapshot.js';

export interface Anonymizer {
  table(table: TableReading): TableReading;
  /** Addresses as in the tables, the process by a stand-in for its name, without its pid. */
  failure(failure: FailedConnect): FailedConnect;
  /** The stand-in of one address: of the same family, loopback and unspecified as they are. */
  address(address: string): string;
}

/**
 * `digest` is a keyed one-way function of at least 16 bytes; the key must be forgotten with the recorder. IPv4 goes to
 * 10/8, IPv6 to fd00::/8, no two addresses to the same stand-in. Ports stay: the forecast is about them.
 */
export function createAnonymizer(digest: (text: string) => Uint8Array): Anonymizer {
  const standIns = new Map<string, string>();
  const taken = new Set<string>();

  const address = (text: string): string => {
    const words = parseAddress(text);
    if (words !== null && isKept(words)) return text;
    const known = standIns.get(text);
    if (known !== undefined) return known;
    const v4 = words === null || isV4Words(words[0], words[1], words[2]);
    // Two addresses may have the same 24 bits: then the next try decides.
    for (let attempt = 0; ; attempt++) {
      const standIn = standInFrom(digest(`${attempt} ${text}`), v4);
      if (taken.has(standIn)) continue;
      taken.add(standIn);
      standIns.set(text, standIn);
      return standIn;
    }
  };
  return {
    address,
    failure: (failure) => ({
      ...failure,
      localAddress: failure.localAddress === null ? null : address(failure.localAddress),
      remoteAddress: failure.remoteAddress === null ? null : address(failure.remoteAddress),
      pid: 0,
      name: hexOf(digest(`process ${failure.name}`), 4),
    }),
    table(table) {
      const { snapshot, source } = table;
      const outbound: Snapshot['outbound'] = {
        ...snapshot.outbound,
        localAddress: snapshot.outbound.localAddress.map(address),
        remoteAddress: snapshot.outbound.remoteAddress.map(address),
      };
      const namespace = snapshot.namespace === 'host' ? 'host' : hexOf(digest(`namespace ${snapshot.namespace}`), 8);
      // The reason of the choice may quote paths and commands of the host.
      const anonymous = { name: source.name, why: 'recorded and anonymized' };
      return { ...table, source: anonymous, snapshot: { ...snapshot, namespace, outbound } };
    },
  };
}

/** Loopback and the unspecified address tell nothing, and the kernel's reuse rule hangs on loopback. */
function isKept([w0, w1, w2, w3]: readonly [number, number, number, number]): boolean {
  if (isV4Words(w0, w1, w2)) return w3 >>> 24 === 127 || w3 === 0;
  return w0 === 0 && w1 === 0 && w2 === 0 && (w3 === 0 || w3 === 1);
}

function standInFrom(digest: Uint8Array, v4: boolean): string {
  const view = new DataView(digest.buffer, digest.byteOffset, 16);
  const word = (index: number): number => view.getInt32(index * 4);
  if (v4) return formatAddress(0, 0, V4_MAPPED_WORD, (word(0) & 0x00ff_ffff) | 0x0a00_0000);
  return formatAddress((word(0) & 0x00ff_ffff) | 0xfd00_0000, word(1), word(2), word(3));
}

function hexOf(digest: Uint8Array, digits: number): string {
  return Buffer.from(digest).toString('hex').slice(0, digits);
}
