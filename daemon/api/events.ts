/** Server-sent events: a client receives the latest sample at once, then every later one. */
import type { Request, Response } from 'express';
import type { Log } from '../log.js';
import { SECOND_MS } from '../units.js';
import type { WireSample } from '../wire/sample.js';
import { sendProblem } from './problem.js';

const HEARTBEAT_MS = 15 * SECOND_MS;
const RETRY_MS = 3 * SECOND_MS;
const MAX_CLIENTS = 100;
/** A client that still has more than this unread when the next event is sent is disconnected. */
const MAX_UNREAD_BYTES = 2 ** 20;
const HEARTBEAT = Buffer.from(': heartbeat\n\n');

/** All open event streams. */
export interface EventHub {
  /** Answers with the stream, or with 503 when there are 100 streams already. */
  connect(request: Request, response: Response): void;
  publish(sample: WireSample): void;
  /** Ends every stream. */
  close(): void;
}

export function createEventHub(log: Log): EventHub {
  const clients = new Set<Response>();
  let latest: { id: number; sample: WireSample; frame: Buffer | null } | null = null;
  let closed = false;

  // All clients share one buffer, so an event that is queued for a hundred clients is held in memory once.
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
      log.warn({ unreadBytes: unread }, 'closed an event stream whose client reads too slowly; it may connect again');
    }
  };
  const heartbeat = setInterval(() => broadcast(HEARTBEAT), HEARTBEAT_MS);
  heartbeat.unref();

  return {
    connect(request, response) {
      if (closed || clients.size >= MAX_CLIENTS) {
        const detail = closed ? 'portcast is stopping' : `all ${MAX_CLIENTS} event streams are in use`;
        sendProblem(response, { status: 503, detail, headers: { 'Retry-After': '5' } });
        return;
      }
      // Express' `set` would add a charset, but event streams are always UTF-8 (HTML standard, 9.2).
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

/** JSON text has no line break, so one `data:` line is enough. */
function encodeSample(id: number, sample: WireSample): Buffer {
  return Buffer.from(`id: ${id}\nevent: sample\ndata: ${JSON.stringify(sample)}\n\n`);
}
