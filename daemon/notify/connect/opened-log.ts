/** The connections that portcast opened to its servers and that may still hold a local port. */
import type { Socket } from 'node:net';
import { formatEndpoint } from '../../host/endpoint.js';
import { MINUTE_MS } from '../../units.js';

/** A closed connection holds its port for at most 240 s on any system (Windows' default TIME_WAIT), and here a little more. */
const KEEP_MS = 5 * MINUTE_MS;

export interface OpenedLog {
  /** Notes a connect that begins. It counts until five minutes after its socket is closed. */
  note(address: string, port: number, socket: Pick<Socket, 'once'>): void;
  count(address: string, port: number): number;
}

/** @param monotonicMs a clock that never jumps */
export function createOpenedLog(monotonicMs: () => number): OpenedLog {
  /** By end point, when each socket was closed; Infinity while it is open. */
  const byEnd = new Map<string, { closedAtMs: number }[]>();
  const listKept = (end: string): { closedAtMs: number }[] => {
    const kept = (byEnd.get(end) ?? []).filter(({ closedAtMs }) => monotonicMs() - closedAtMs < KEEP_MS);
    if (kept.length === 0) byEnd.delete(end);
    else byEnd.set(end, kept);
    return kept;
  };
  return {
    note(address, port, socket) {
      const end = formatEndpoint(address, port);
      const opened = { closedAtMs: Infinity };
      byEnd.set(end, [...listKept(end), opened]);
      socket.once('close', () => {
        opened.closedAtMs = monotonicMs();
      });
    },
    count: (address, port) => listKept(formatEndpoint(address, port)).length,
  };
}
