/**
 * Server-sent events: a client receives the latest sample at once, then every later one. A client that asks for changes
 * receives what changed since the sample before; see wire/packed-sample.ts.
 */
import type { Request, Response } from 'express';
import type { Log } from '../log.js';
import { SECOND_MS } from '../units.js';
import type { WireSample } from '../wire/sample.js';
import { createChangeStream, type LazySample } from './change-stream.js';
import { createFrame, createGzipFile, encodeEvent, type Frame } from './event-frames.js';
import { parseEventsQuery } from './events-query.js';
import { sendProblem } from './problem.js';

const HEARTBEAT_MS = 15 * SECOND_MS;
const RETRY_MS = 3 * SECOND_MS;
const MAX_CLIENTS = 100;
/** A client that still has more than this unread when the next event is sent is disconnected. */
const MAX_UNREAD_BYTES = 2 ** 20;
const HEARTBEAT = createFrame(Buffer.from(': heartbeat\n\n'));
const RETRY = createFrame(Buffer.from(`retry: ${RETRY_MS}\n\n`));
/** Pools of a whole sample. A stream of changes has all that the sample has. */
const WHOLE_SAMPLE_POOLS = 50;

/** All open event streams. */
export interface EventHub {
  /**
   * Answers with the stream, or with 503 when there are 100 streams already.
   * @throws PortcastError USAGE for a parameter that is not understood
   */
  connect(request: Request, response: Response): void;
  /** The next sample, built only when a client is to receive it. */
  publish(build: () => WireSample): void;
  /** Ends every stream. */
  close(): void;
}

interface Client {
  readonly response: Response;
  readonly changes: boolean;
  send(frame: Frame): void;
  end(): void;
}

export function createEventHub(log: Log): EventHub {
  const clients = new Set<Client>();
  const changes = createChangeStream();
  let latest: (LazySample & { frame: Frame | null }) | null = null;
  let closed = false;

  // All clients share one buffer, so an event that is queued for a hundred clients is held in memory once.
  const latestFrame = (): Frame | null => {
    if (latest !== null) latest.frame ??= createFrame(encodeWhole(latest.id, latest.sample()));
    return latest?.frame ?? null;
  };
  const sendIfRead = (client: Client, frame: Frame): void => {
    const unread = client.response.writableLength;
    if (unread <= MAX_UNREAD_BYTES) {
      client.send(frame);
      return;
    }
    clients.delete(client);
    client.response.destroy();
    log.warn({ unreadBytes: unread }, 'closed an event stream whose client reads too slowly; it may connect again');
  };
  const heartbeat = setInterval(() => {
    for (const client of clients) sendIfRead(client, HEARTBEAT);
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    connect(request, response) {
      const query = parseEventsQuery(request.originalUrl);
      if (closed || clients.size >= MAX_CLIENTS) {
        const detail = closed ? 'portcast is stopping' : `all ${MAX_CLIENTS} event streams are in use`;
        sendProblem(response, { status: 503, detail, headers: { 'Retry-After': '5' } });
        return;
      }
      const client = openClient(request, response, query.changes);
      if (client === null) return;
      response.on('close', () => clients.delete(client));
      response.on('error', () => clients.delete(client));
      client.send(RETRY);
      const frame = query.changes ? changes.start() : latestFrame();
      if (frame !== null) client.send(frame);
      clients.add(client);
    },
    publish(build) {
      if (closed) return;
      let built: WireSample | null = null;
      latest = { id: (latest?.id ?? 0) + 1, sample: () => (built ??= build()), frame: null };
      const isFollowed = [...clients].some((client) => client.changes);
      const change = isFollowed ? changes.next(latest) : changes.skip(latest);
      for (const client of clients) {
        const frame = client.changes ? change : latestFrame();
        if (frame !== null) sendIfRead(client, frame);
      }
    },
    close() {
      closed = true;
      clearInterval(heartbeat);
      for (const client of clients) client.end();
      clients.clear();
    },
  };
}

/** Sends the headers. Null for a HEAD request, which they answer in full. */
function openClient(request: Request, response: Response, changes: boolean): Client | null {
  // Express' `set` would add a charset, but event streams are always UTF-8 (HTML standard, 9.2).
  response.setHeader('Content-Type', 'text/event-stream');
  response.setHeader('Cache-Control', 'no-store');
  // nginx would collect events in its buffer before it passes them on.
  response.setHeader('X-Accel-Buffering', 'no');
  if (changes) response.vary('Accept-Encoding');
  const gzip = changes && request.acceptsEncodings('gzip', 'identity') === 'gzip' ? createGzipFile() : null;
  if (gzip !== null) response.setHeader('Content-Encoding', 'gzip');
  if (request.method === 'HEAD') {
    response.end();
    return null;
  }
  if (gzip === null) {
    return { response, changes, send: (frame) => response.write(frame.plain), end: () => response.end() };
  }
  response.write(gzip.head);
  return { response, changes, send: (frame) => response.write(gzip.add(frame)), end: () => response.end(gzip.end()) };
}

function encodeWhole(id: number, sample: WireSample): Buffer {
  return encodeEvent(id, 'sample', { ...sample, pools: sample.pools.slice(0, WHOLE_SAMPLE_POOLS) });
}
