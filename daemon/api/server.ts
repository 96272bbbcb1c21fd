/** The HTTP server: it limits what a client may use, asks who sends a request, and stops within a second. */
import { createServer } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Clock, HealthSink } from '../contracts.js';
import { messageOf, PortcastError } from '../errors.js';
import { formatEndpoint, isWildcard } from '../host/endpoint.js';
import type { Log } from '../log.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';
import type { WireReport } from '../wire/report.js';
import type { WireSample } from '../wire/sample.js';
import { authorize } from './access/authorize.js';
import type { Authority } from './access/authority.js';
import { stripBasePath } from './access/base-path.js';
import { sessionRoutes } from './access/session-routes.js';
import { followTlsFiles, readTlsPair, type TlsFiles, type TlsPair } from './access/tls-files.js';
import { boundConnections, type WebServer } from './connections.js';
import type { IncidentCommands } from '../incident/commands.js';
import type { ApiData } from './data.js';
import { allowEmbedding } from './embedding.js';
import { createEventHub, type EventHub } from './events.js';
import { guardLinks, guardRequests, resolveListenAddress, type Reach } from './guard.js';
import { linkRoutes } from './link-routes.js';
import { serveDashboard } from './static-files.js';
import { notFound, problemHandler } from './problem.js';
import { apiRoutes, probeRoutes } from './routes.js';
import type { TestAlerts } from './alert-test.js';

/** More than the event streams that may be open. */
const MAX_CONNECTIONS = 256;
/** A connection without traffic for this long is closed. Event streams send a heartbeat more often. */
const IDLE_MS = MINUTE_MS;
/** How long a stop waits for answers that are being sent. */
const STOP_GRACE_MS = SECOND_MS / 2;
/** Limits of Node's HTTP server for one connection, in bytes and ms. */
export const CONNECTION_LIMITS = {
  maxHeaderSize: 8 * 2 ** 10,
  headersTimeout: 5 * SECOND_MS,
  requestTimeout: 10 * SECOND_MS,
  keepAliveTimeout: 5 * SECOND_MS,
  connectionsCheckingInterval: SECOND_MS,
};
const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use. Is another portcast running? Set `http.port` in the configuration to another port',
  EACCES: 'not permitted: ports below 1024 need a privilege. Set `http.port` in the configuration to another port',
  EADDRNOTAVAIL: 'this host has no such address. Set `http.address` in the configuration to another address',
};

export interface ApiOptions {
  /** An address or `localhost`; of loopback, unless a login is needed. */
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The URL by which the readers of messages reach this server, through a proxy; null where there is none. */
  readonly publicUrl: string | null;
  /** The path below which everything is served: `/`, or one that begins and ends with a slash. */
  readonly basePath: string;
  /** The origins at which a reverse proxy serves the dashboard and the API. */
  readonly publicOrigins: readonly string[];
  /** Null for plain HTTP. */
  readonly tls: TlsFiles | null;
  /** The name of this host in a URL, where it listens on all addresses. */
  readonly hostName: string;
  readonly authority: Authority;
  readonly health: HealthSink;
  /** The origins of the pages that may show the embed view in a frame. */
  readonly embedFrom?: readonly string[];
  /** The built dashboard: index.html and assets/. It may be missing. */
  readonly dashboardDir: string;
  readonly data: ApiData;
  readonly commands: IncidentCommands;
  readonly clock: Clock;
  /** Sends a test through every channel; absent where there are none to test. */
  readonly testAlerts?: TestAlerts;
  /** Builds a report of the last days; absent where there is no store. */
  readonly buildReport?: (days: number) => Promise<WireReport>;
  readonly log: Log;
  /** An argument for tests. */
  readonly limits?: typeof CONNECTION_LIMITS;
}

export interface Api {
  /** The URL without a slash at the end: `http://127.0.0.1:9470`, or with a base path `http://127.0.0.1:9470/portcast`. */
  readonly url: string;
  /** Where it listens. */
  readonly address: string;
  readonly port: number;
  /**
   * Sends a sample to every event stream, and builds it only when there is one. A stream that is opened later starts with
   * the latest sample.
   */
  publish(build: () => WireSample): void;
  /**
   * Ends the event streams, waits up to half a second for answers that are being sent, then closes every connection.
   */
  stop(): Promise<void>;
}

/**
 * Starts the server and listens.
 * @throws PortcastError CONFIG_INVALID for an address that is not loopback without a login, and for TLS files that cannot be
 * used, HTTP_LISTEN when listening fails.
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { tls: files, clock, health, basePath } = options;
  const address = resolveListenAddress(options.address, options.authority.isRequired());
  const pair = files === null ? null : readTlsPair(files);
  const hub = createEventHub(options.log);
  const access = authorize(options.authority, options.log);
  const app = createApp({ ...options, address }, hub, access.handler);
  const server = createServerFor(pair, options.limits ?? CONNECTION_LIMITS, app);
  boundConnections(server, MAX_CONNECTIONS);
  server.timeout = IDLE_MS;
  try {
    await listen(server, address, options.port);
  } catch (error) {
    hub.close();
    access.stop();
    throw error;
  }
  server.on('error', (error) => options.log.error({ err: error }, 'the HTTP server failed'));
  const report = (problem: string | null): void => health.report('tls', problem);
  const unfollow =
    files === null || pair === null
      ? () => undefined
      : followTlsFiles({ files, server: server as TlsServer, first: pair, wallMs: clock.wallMs, report });
  const port = findPort(server);
  const name = isWildcard(address) ? options.hostName : address;
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    unfollow();
    access.stop();
    await stopServer(server, hub);
  };
  return {
    url: `${pair === null ? 'http' : 'https'}://${formatEndpoint(name, port)}${basePath.slice(0, -1)}`,
    address,
    port,
    publish: (build) => hub.publish(build),
    stop: () => (stopping ??= stop()),
  };
}

function createServerFor(pair: TlsPair | null, limits: typeof CONNECTION_LIMITS, app: Express): WebServer {
  if (pair === null) return createServer(limits, app);
  return createTlsServer({ ...limits, handshakeTimeout: limits.headersTimeout, ...pair }, app);
}

function createApp(options: ApiOptions, hub: EventHub, access: RequestHandler): Express {
  const { dashboardDir, log, publicUrl, data, commands, clock, testAlerts, buildReport } = options;
  const { address, publicOrigins, tls, basePath, authority } = options;
  const reach: Reach = { address, publicOrigins, scheme: tls === null ? 'http' : 'https' };
  const parts = { data, commands, clock, hub, testAlerts, buildReport };
  const app = express();
  app.disable('etag');
  app.disable('query parser');
  app.use(securityHeaders());
  app.use(stripBasePath(basePath));
  if (publicUrl !== null) {
    const hostName = (): string => data.status()?.host.name ?? '';
    app.use('/act', guardLinks(reach, publicUrl), linkRoutes({ commands, clock, hostName }));
  }
  app.use(guardRequests(reach));
  app.use(compression({ filter: isCompressible }));
  app.use(['/api', '/healthz', '/readyz', '/metrics'], noStore);
  app.use(access);
  app.use(probeRoutes(parts));
  app.use('/api/v1/events', unbuffered);
  app.use('/api/v1', sessionRoutes({ authority, basePath, isBehindProxy: publicOrigins.length > 0 }));
  app.use('/api/v1', apiRoutes(parts));
  app.use(allowEmbedding(options.embedFrom ?? []));
  app.use(serveDashboard(dashboardDir));
  app.use(notFound);
  app.use(problemHandler(log));
  return app;
}

/** uPlot sets styles through the CSSOM, which this policy allows. Plain HTTP on loopback needs no HSTS. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        fontSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
}

/** A proxy must pass on each event at once. This header is that of nginx, and others obey it too. */
const unbuffered: RequestHandler = (_request, response, next) => {
  response.set('X-Accel-Buffering', 'no');
  next();
};

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** Event streams compress their events by themselves: this compressor would delay them until its buffer is full. */
const isCompressible: compression.CompressionFilter = (request, response) => {
  const isStream = String(response.getHeader('Content-Type')).startsWith('text/event-stream');
  return !isStream && compression.filter(request, response);
};

async function listen(server: WebServer, address: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const text = `cannot listen on ${formatEndpoint(address, port)}: ${LISTEN_ERRORS[error.code ?? ''] ?? messageOf(error)}`;
      reject(new PortcastError('HTTP_LISTEN', text, { cause: error }));
    };
    server.once('error', fail);
    server.listen(port, address, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function findPort(server: WebServer): number {
  const bound = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}

async function stopServer(server: WebServer, hub: EventHub): Promise<void> {
  hub.close();
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
