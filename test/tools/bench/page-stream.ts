/** The bytes of an event stream, as they are and as they are sent. */
import { request, type IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { median } from './bench.js';

const SAMPLES = 20;

interface StreamFigures {
  /** Of all events of one sample. */
  readonly bytesPerSample: number;
  readonly sentPerSample: number;
  readonly largestEvent: number;
}

export async function measureStream(url: string, query: string): Promise<StreamFigures> {
  const response = await open(url, query);
  let sent = 0;
  response.on('data', (chunk: Buffer) => (sent += chunk.length));
  const isGzip = response.headers['content-encoding'] === 'gzip';
  const body = isGzip ? response.pipe(createGunzip()) : response;
  const samples: { bytes: number; sent: number }[] = [];
  let [text, parts, largestEvent] = ['', 0, 0];
  let sentBefore = 0;
  for await (const chunk of body) {
    text += (chunk as Buffer).toString('latin1');
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const bytes = end + 2;
      const name = /event: (\w+)/.exec(text.slice(0, 100))?.[1];
      text = text.slice(bytes);
      if (name === undefined) continue;
      largestEvent = Math.max(largestEvent, bytes);
      parts += bytes;
      if (name === 'part') continue;
      samples.push({ bytes: parts, sent: sent - sentBefore });
      [parts, sentBefore] = [0, sent];
    }
    if (samples.length > SAMPLES) break;
  }
  response.destroy();
  // The first one is a whole sample in each stream.
  const later = samples.slice(1);
  return {
    bytesPerSample: median(later.map(({ bytes }) => bytes)),
    sentPerSample: median(later.map((sample) => sample.sent)),
    largestEvent,
  };
}

/** Viewers that read and do nothing. Returns what ends them. */
export async function openViewers(url: string, query: string, count: number): Promise<() => void> {
  const responses = await Promise.all(Array.from({ length: count }, () => open(url, query)));
  for (const response of responses) response.resume();
  return () => {
    for (const response of responses) response.destroy();
  };
}

function open(url: string, query: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'Accept-Encoding': 'gzip' };
    const asked = request(`${url}/api/v1/events${query}`, { headers, agent: false }, resolve);
    asked.on('error', reject);
    asked.end();
  });
}
