/** `fetch` over TLS from a daemon whose certificate is known from its file, whoever has signed it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { Readable } from 'node:stream';

interface TlsRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The certificate must be the one of the file, so its names do not matter: a command asks 127.0.0.1. Nothing is sent before
 * that was checked. Rejects with what the network raises.
 */
export async function fetchPinned(url: string, certFile: string, init: TlsRequest): Promise<Response> {
  const { method, headers, body, signal } = init;
  const pem = readFileSync(certFile);
  const { fingerprint256 } = new X509Certificate(pem);
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, {
      method,
      headers,
      signal,
      agent: false,
      ca: pem,
      allowPartialTrustChain: true,
      minVersion: 'TLSv1.2',
      checkServerIdentity: (_host, found) =>
        found.fingerprint256 === fingerprint256
          ? undefined
          : new Error(`its certificate is not the one in ${certFile} (http.tls.cert)`),
    });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.end(body);
  });
  const { server } = message.headers;
  return new Response(Readable.toWeb(message) as ReadableStream, {
    status: message.statusCode ?? 500,
    headers: server === undefined ? {} : { server },
  });
}
