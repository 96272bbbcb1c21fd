/** Replaces the addresses and names in a recording, each one always by the same stand-in. */
import type { TableReading } from '../../contracts.js';
import type { FailedConnect } from '../../pool/failed-connect.js';
import { formatAddress, parseAddress } from '../../host/ip-address.js';
import { isV4Words, V4_MAPPED_WORD } from '../../host/ipv4-mapped.js';
import type { Snapshot } from '../../snapshot/snapshot.js';

interface Anonymizer {
  table(table: TableReading): TableReading;
  /** Replaces addresses as `table` does, and the name of the process; the pid becomes 0. */
  failure(failure: FailedConnect): FailedConnect;
  /** The stand-in of one address, of the same family. Loopback and unspecified addresses stay as they are. */
  address(address: string): string;
}

/**
 * `digest` is a keyed one-way function with a result of at least 16 bytes. Its key must not be stored, else addresses can be
 * found by trying them all. IPv4 addresses become addresses of 10.0.0.0/8, IPv6 addresses of fd00::/8, and no two become the
 * same. Ports stay, because the forecast depends on them.
 */
export function createAnonymizer(digest: (text: string) => Uint8Array): Anonymizer {
  const standIns = new Map<string, string>();
  const taken = new Set<string>();

  const address = (text: string): string => {
    const words = parseAddress(text);
    if (words !== null && isKept(words)) return text;
    const earlier = standIns.get(text);
    if (earlier !== undefined) return earlier;
    const v4 = words === null || isV4Words(words[0], words[1], words[2]);
    // Two addresses may get the same 24 bits. The second one then takes the result of another digest.
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
      // `why` may quote paths and commands of the host.
      const anonymous = { name: source.name, why: 'recorded and anonymized' };
      return { ...table, source: anonymous, snapshot: { ...snapshot, namespace, outbound } };
    },
  };
}

/** Loopback and unspecified addresses identify no person and no host, and the kernel's reuse rule depends on loopback. */
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
