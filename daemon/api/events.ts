/** Server-sent events: every client gets the latest sample at once and each one after it. */
import type { Request, Response } from 'express';
import type { Log } from '../log.js';
import type { WireSample } from '../wire/sample.js';
import { sendProblem } from './problem.js';

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 3_000;
const MAX_CLIENTS = 100;
/** A client with more than this unread when the next event comes is not reading. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const HEARTBEAT = Buffer.from(': heartbeat\n\n');

export interface EventHub {
  /** Answers a request with the stream, or with 503 when there are too many. */
  connect(request: Request, response: Response): void;
  publish(sample: WireSample): void;
  /** Ends every stream. */
  close(): void;
}

export function createEventHub(log: Log): EventHub {
  const clients = new Set<Response>();
  let latest: { id: number; sample: WireSample; frame: Buffer | null } | null = null;
  let closed = false;

  // One buffer for all clients: what is queued for a hundred of them is held once.
  const latestFrame = (): Buffer | null => {
    if (latest !== null) latest.frame ??= encodeSample(latest.id, latest.sample);
    return latest?.frame ?? null;
  };
  const broadcast = (frame: Buffer): void => {
    for (const client of clients) {
      const unread = client.writableLength;
      if (unread <= MAX_UNREAD_BYTES) {
        client.write(frame);
        continue;
      }
      clients.delete(client);
      client.destroy();
      log.warn({ unreadBytes: unread }, 'dropped an event stream whose reader is too slow; it may connect again');
    }
  };
  const heartbeat = setInterval(() => broadcast(HEARTBEAT), HEARTBEAT_MS);
  heartbeat.unref();

  return {
    connect(request, response) {
      if (closed || clients.size >= MAX_CLIENTS) {
        const why = closed ? 'portcast is stopping' : `all ${MAX_CLIENTS} event streams are taken`;
        sendProblem(response, { status: 503, detail: why, headers: { 'Retry-After': '5' } });
        return;
      }
      // Not `set`, which would add a charset: event streams are UTF-8 by definition.
      response.setHeader('Content-Type', 'text/event-stream');
      response.setHeader('Cache-Control', 'no-store');
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      response.on('close', () => clients.delete(response));
      response.on('error', () => clients.delete(response));
      response.write(`retry: ${RETRY_MS}\n\n`);
      const frame = latestFrame();
      if (frame !== null) response.write(frame);
      clients.add(response);
    },
    publish(sample) {
      if (closed) return;
      latest = { id: (latest?.id ?? 0) + 1, sample, frame: null };
      const frame = clients.size === 0 ? null : latestFrame();
      if (frame !== null) broadcast(frame);
    },
    close() {
      closed = true;
      clearInterval(heartbeat);
      for (const client of clients) client.end();
      clients.clear();
    },
  };
}

/** JSON holds no line break, so one data line carries it. */
function encodeSample(id: number, sample: WireSample): Buffer {
  return Buffer.from(`id: ${id}\nevent: sample\ndata: ${JSON.stringify(sample)}\n\n`);
}
