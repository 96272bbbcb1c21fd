/** Serves the built dashboard with the security policy of the daemon, and canned samples as server-sent events. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { DASHBOARD_DIR } from '../../daemon/paths.js';
import { cannedSample } from './canned-data.js';
import { answerAccess, createAccessWorld, type AccessWorld } from './canned-access.js';
import { answerRead } from './canned-reads.js';
import { answerIncidents, type CannedRequest } from './canned-incident-api.js';
import { createIncidentWorld, type IncidentScenario, type IncidentWorld } from './canned-incidents.js';
import type { Scenario } from './scenarios.js';
import type { Shown } from './canned-pools.js';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface Canned {
  readonly url: string;
  /** Sends another scenario from the next event on. */
  show(scenario: Shown): void;
  /** What the page reads of incidents; its actions change it. */
  readonly incidents: IncidentWorld;
  /** Who is logged in. */
  readonly access: AccessWorld;
  /** The changes that were requested, oldest first: `POST /api/v1/incidents/...`. */
  readonly changes: readonly string[];
  /** Answers to changes come only after so many ms. */
  delayChanges(ms: number): void;
  /** Closes every open stream, as a daemon that stops does. With `refuse` new streams are answered with status 503. */
  dropStreams(refuse: boolean): void;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startCanned(
  first: Scenario,
  tickMs = 1000,
  incidentScenario: IncidentScenario = 'none',
): Promise<Canned> {
  const startMs = Date.now();
  const incidents = createIncidentWorld(incidentScenario, startMs);
  const access = createAccessWorld();
  const changes: string[] = [];
  let delayMs = 0;
  const streams = new Set<ServerResponse>();
  let scenario: Shown = first;
  let refusing = false;
  const frame = (): string => {
    const sample = cannedSample(scenario, Date.now(), startMs);
    const status = { ...sample.status, incidents: countIncidents(incidents) };
    return `event: sample\ndata: ${JSON.stringify({ ...sample, status })}\n\n`;
  };

  const api = (request: CannedRequest, response: ServerResponse): void => {
    const { url, method } = request;
    if (method !== 'GET') changes.push(`${method} ${url.pathname}`);
    const answer = answerAccess(access, request) ?? answerIncidents(incidents, request);
    if (answer !== null) {
      const send = (): void => json(response, answer.status, answer.body);
      if (method === 'GET' || delayMs === 0) send();
      else setTimeout(send, delayMs);
      return;
    }
    if (url.pathname === '/api/v1/events') {
      if (refusing) return json(response, 503, { detail: 'portcast is stopping' });
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(`retry: 300\n\n${frame()}`);
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return;
    }
    const found = answerRead({ scenario, url, startMs, incidents });
    json(response, found.status, found.body);
  };

  const server = createServer((request, response) => {
    response.setHeader('content-security-policy', CSP);
    response.setHeader('x-content-type-options', 'nosniff');
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname.startsWith('/api/'))
      void readJson(request).then((body) => api({ method: request.method ?? '', url, body }, response));
    else void sendFile(url.pathname, response);
  });
  const timer = setInterval(() => {
    for (const stream of streams) stream.write(frame());
  }, tickMs);
  const port = await listen(server);
  const dropStreams = (refuse: boolean): void => {
    refusing = refuse;
    for (const stream of streams) stream.destroy();
    streams.clear();
  };
  return {
    url: `http://127.0.0.1:${port}/`,
    incidents,
    access,
    changes,
    delayChanges(ms) {
      delayMs = ms;
    },
    show(next) {
      scenario = next;
    },
    dropStreams,
    close: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        dropStreams(true);
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function countIncidents({ incidents }: IncidentWorld): { open: number; quiet: number } {
  const count = (state: string): number => incidents.filter((incident) => incident.state === state).length;
  return { open: count('open'), quiet: count('quiet') };
}

/** Empty where there is no body. */
async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = (await request.toArray()).join('');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function sendFile(path: string, response: ServerResponse): Promise<void> {
  const file = join(DASHBOARD_DIR, normalize(path === '/' ? '/index.html' : path));
  const found =
    file.startsWith(DASHBOARD_DIR) &&
    (await stat(file).then(
      (entry) => entry.isFile(),
      () => false,
    ));
  if (!found) {
    json(response, 404, { detail: `no file ${path}` });
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}
