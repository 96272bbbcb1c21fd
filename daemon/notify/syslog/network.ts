/** Syslog over the network: UDP (RFC 5426) and TCP with counted octets (RFC 6587, 3.4.1). Neither has an answer. */
import { createSocket } from 'node:dgram';
import { isIPv6, type Socket } from 'node:net';
import { lookup } from 'node:dns';
import type { Dial } from '../connect/dial.js';
import { explainFailure } from '../http/failure.js';

export interface SyslogServer {
  readonly protocol: 'udp' | 'tcp';
  readonly host: string;
  readonly port: number;
}

interface Limit {
  readonly timeoutMs: number;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** Opens the connection of TCP. UDP needs no port of the ephemeral range of TCP. */
  readonly dial: Dial;
}

/** How long a server that leaves the connection open is waited for after everything was written. */
const MAX_CLOSE_MS = 1000;

/** @returns null when the record was handed over, else why not. Never throws. */
export function sendToServer(server: SyslogServer, record: string, limit: Limit): Promise<string | null> {
  return server.protocol === 'udp' ? sendUdp(server, record, limit) : sendTcp(server, record, limit);
}

function sendUdp(server: SyslogServer, record: string, limit: Limit): Promise<string | null> {
  return withLimit(server, limit, (finish) => {
    let isOver = false;
    lookup(server.host, (error, address) => {
      // After its time the record has been reported as not written, and is tried again.
      if (isOver) return;
      if (error !== null) {
        finish(error);
        return;
      }
      const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
      const end = (failure: Error | null): void => {
        socket.close();
        finish(failure);
      };
      socket.on('error', () => undefined);
      socket.send(record, server.port, address, end);
    });
    return () => {
      isOver = true;
    };
  });
}

function sendTcp({ host, port, ...server }: SyslogServer, record: string, limit: Limit): Promise<string | null> {
  return withLimit({ host, port, ...server }, limit, (finish) => {
    let opened: Socket | null = null;
    let isOver = false;
    const write = (socket: Socket): void => {
      opened = socket;
      if (isOver) {
        socket.destroy();
        return;
      }
      socket.on('error', finish);
      let isWritten = false;
      socket.on('finish', () => {
        isWritten = true;
        setTimeout(() => finish(null), MAX_CLOSE_MS).unref();
      });
      socket.on('close', () =>
        finish(isWritten ? null : new Error('it closed the connection before it took the record')),
      );
      socket.resume();
      socket.end(`${Buffer.byteLength(record)} ${record}`);
    };
    limit.dial({ host, port, timeoutMs: limit.timeoutMs, signal: limit.signal }).then(write, finish);
    return () => {
      isOver = true;
      opened?.destroy();
    };
  });
}

type Finish = (failure: Error | null) => void;

/** @param start returns what ends it. */
function withLimit(
  { protocol, host, port }: SyslogServer,
  { timeoutMs, signal }: Limit,
  start: (finish: Finish) => () => void,
): Promise<string | null> {
  const server = `${protocol}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return new Promise((resolve) => {
    let isOver = false;
    const end = (problem: string | null): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onStop);
      setImmediate(() => stop());
      resolve(problem);
    };
    const timer = setTimeout(() => end(`${server} did not take the record within ${timeoutMs} ms`), timeoutMs);
    const onStop = (): void => end(`${server} was not waited for, because portcast stops`);
    signal.addEventListener('abort', onStop);
    const stop = start((failure) => end(failure === null ? null : explainFailure(server, failure)));
  });
}
