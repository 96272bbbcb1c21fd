/** Which port connect() and bind(0) take: the order in which the kernel tries the ports (kernel rules 5, 7 and 9). */
import type { PortRange } from '../../../daemon/host/limits.js';
import type { PortSet } from './port-set.js';
import type { Random } from './random.js';

/**
 * How many ports are tried: in a range of odd size one less than there are (`remaining &= ~1` of
 * `__inet_hash_connect`).
 */
function tried({ first, last }: PortRange): number {
  const size = last - first + 1;
  return size > 1 ? size & ~1 : size;
}

/**
 * The first available port of one parity, tried upwards from `offset` and around, or -1. In a range of odd size this
 * leaves out one port of the first parity, so that such a range may fail one port early.
 */
function scan(takeable: PortSet, range: PortRange, offset: number): number {
  const remaining = tried(range);
  const start = range.first + offset;
  const odd = remaining > 1 && ((range.last - range.first + 1) & 1) === 1 && (offset & 1) === 0;
  const skipsLast = odd && offset === 0;
  const above = takeable.next(start, skipsLast ? range.last - 2 : range.last);
  if (above !== -1) return above;
  return takeable.next(range.first + (offset & 1) + (odd ? 2 : 0), start - 2);
}

export interface ConnectPorts {
  /** The port that the next connect() takes, or -1 where it fails. */
  take(range: PortRange): number;
}

/**
 * connect() to one destination tries the ports with the parity of the range's first port, starting a little after the
 * port taken last (`table_perturb`), then those of the other parity.
 */
export function createConnectPorts(takeable: PortSet, random: Random): ConnectPorts {
  let perturb = Math.floor(random() * 65_536);
  return {
    take(range) {
      const remaining = tried(range);
      const offset = (perturb % remaining) & ~1;
      let from = offset;
      let port = scan(takeable, range, offset);
      if (port === -1 && remaining > 1) {
        from = offset + 1;
        port = scan(takeable, range, from);
      }
      if (port === -1) return -1;
      const ahead = port - (range.first + from);
      // The more crowded the range is, the smaller is the random step to the next start.
      const passed = Math.max(ahead < 0 ? ahead + remaining : ahead, 2 * Math.floor(random() * 8));
      perturb = (perturb + passed + 2) & 0x3fff_ffff;
      return port;
    },
  };
}

/** bind(0) starts at a random port and tries the other parity first (`inet_csk_find_open_port`); -1 is EADDRINUSE. */
export function bindPort(free: PortSet, range: PortRange, random: Random): number {
  const remaining = tried(range);
  if (remaining === 1) return free.next(range.first, range.last);
  const offset = Math.floor(random() * remaining) | 1;
  const port = scan(free, range, offset);
  return port === -1 ? scan(free, range, offset - 1) : port;
}
