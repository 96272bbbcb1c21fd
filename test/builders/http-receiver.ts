/** A real HTTP or HTTPS server on loopback that keeps what it was sent, and answers well or badly. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { HttpTarget } from '../../daemon/notify/http/request.js';

interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse, request: ReceivedRequest, socket: Socket) => void;

interface Receiver {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** Used for the next requests. */
  answer: Answer;
}

const readPem = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/tls/test-only-${name}.pem`, import.meta.url));

export const answerWith =
  (status: number, body = '', headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

/** Closed when the test ends. */
export async function startReceiver(answer: Answer = answerWith(200, 'ok'), { tls = false } = {}): Promise<Receiver> {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      const received = { path: request.url ?? '', headers: request.headers, body };
      receiver.requests.push(received);
      receiver.answer(response, received, request.socket);
    });
  };
  const server = tls ? createTlsServer({ key: readPem('key'), cert: readPem('cert') }, handle) : createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, requests: [], answer };
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return receiver;
}

export function targetOf(url: string, changes: Partial<HttpTarget> = {}): HttpTarget {
  return { url: new URL(url), headers: {}, timeoutMs: 5000, ...changes };
}
