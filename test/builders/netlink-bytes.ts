/** sock_diag messages as the kernel lays them out, in the byte order of the host. */
import { endianness } from 'node:os';
import { parseAddress } from '../../daemon/host/ip-address.js';

/** By Node, not by the code under test. */
const LITTLE = endianness() === 'LE';

export interface DiagRow {
  readonly family: 2 | 10;
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  readonly state: number;
  readonly timer: number;
  readonly expiresMs: number;
  readonly retransmits?: number;
}

export interface MessageOptions {
  readonly seq?: number;
  readonly type?: number;
  readonly flags?: number;
}

/** One message: nlmsghdr, payload, padding to a multiple of four. */
export function message(payload: Uint8Array, { seq = 1, type = 18, flags = 2 }: MessageOptions = {}): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((16 + payload.length) / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 16 + payload.length, LITTLE);
  view.setUint16(4, type, LITTLE);
  view.setUint16(6, flags, LITTLE);
  view.setUint32(8, seq, LITTLE);
  bytes.set(payload, 16);
  return bytes;
}

/** struct inet_diag_msg, with an attribute after it as the kernel adds one to live sockets. */
export function diagPayload(row: DiagRow): Uint8Array {
  const bytes = new Uint8Array(72 + 8);
  const view = new DataView(bytes.buffer);
  bytes.set([row.family, row.state, row.timer, row.retransmits ?? 0]);
  view.setUint16(4, row.localPort);
  view.setUint16(6, row.remotePort);
  for (const [offset, address] of [
    [8, row.local],
    [24, row.remote],
  ] as const) {
    const words = parseAddress(address) ?? [0, 0, 0, 0];
    const from = row.family === 2 ? words.slice(3) : words;
    for (const [index, word] of from.entries()) view.setInt32(offset + index * 4, word);
  }
  view.setUint32(52, row.expiresMs, LITTLE);
  view.setUint16(72, 5, LITTLE);
  view.setUint16(74, 8, LITTLE);
  return bytes;
}

/** NLMSG_DONE (3) or NLMSG_ERROR (2) with its code: 0 or a negative errno. */
export function status(type: 2 | 3, code: number, options: MessageOptions = {}): Uint8Array {
  const payload = new DataView(new ArrayBuffer(4));
  payload.setInt32(0, code, LITTLE);
  return message(new Uint8Array(payload.buffer), { ...options, type });
}

export function datagram(...messages: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(messages));
}
