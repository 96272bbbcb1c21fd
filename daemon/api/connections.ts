/** Bounds the open connections without shutting anyone out: whoever holds many of them loses the oldest ones. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';

export type WebServer = Server | TlsServer;

/**
 * Keeps at most `max` connections open. A new one is always let in, and in its place the connection is closed whose last
 * request began the longest ago, or that has sent none for as long. Event streams stay: their number has a limit of its
 * own, which is below `max`.
 */
export function boundConnections(server: WebServer, max: number): void {
  /** The last answer of each connection, null before the first; the connections are in the order of their last use. */
  const open = new Map<Socket, ServerResponse | null>();
  const note = (socket: Socket, answer: ServerResponse | null): void => {
    open.delete(socket);
    open.set(socket, answer);
  };
  server.on('connection', (socket: Socket) => {
    note(socket, null);
    socket.on('close', () => open.delete(socket));
    if (open.size <= max) return;
    const oldest = [...open].find(([, answer]) => answer === null || !isOpenStream(answer))?.[0];
    if (oldest === undefined) return;
    open.delete(oldest);
    oldest.destroy();
  });
  // Under TLS the requests come on a socket of its own, over the one that was connected.
  server.on('secureConnection', (secure: Socket) => {
    const bare = [...open.keys()].find((one) => isSamePeer(one, secure));
    if (bare !== undefined) open.delete(bare);
    note(secure, null);
    secure.on('close', () => open.delete(secure));
  });
  server.on('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    // Requests that were sent behind one another may be read after their connection was closed.
    if (open.has(socket)) note(socket, answer);
  });
}

function isSamePeer(one: Socket, other: Socket): boolean {
  return one.remotePort === other.remotePort && one.remoteAddress === other.remoteAddress;
}

function isOpenStream(answer: ServerResponse): boolean {
  return !answer.writableEnded && String(answer.getHeader('Content-Type')).startsWith('text/event-stream');
}
