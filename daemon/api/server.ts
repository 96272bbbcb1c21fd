/** The HTTP server: it listens on loopback only, limits what a client may use, and stops within a second. */
import { createServer, type Server } from 'node:http';
import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Clock } from '../contracts.js';
import { messageOf, PortcastError } from '../errors.js';
import { formatEndpoint } from '../host/endpoint.js';
import type { Log } from '../log.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';
import type { WireReport } from '../wire/report.js';
import type { WireSample } from '../wire/sample.js';
import { boundConnections } from './connections.js';
import type { IncidentCommands } from '../incident/commands.js';
import type { ApiData } from './data.js';
import { createEventHub, type EventHub } from './events.js';
import { describePublicOrigin, guardLinks, guardRequests, resolveListenAddress } from './guard.js';
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
  /** A loopback address, or `localhost`. */
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The URL by which the readers of messages reach this server, through a proxy; null where there is none. */
  readonly publicUrl: string | null;
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
  /** The URL without a slash at the end: `http://127.0.0.1:9470`. */
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
 * @throws PortcastError CONFIG_INVALID for an address that is not loopback, HTTP_LISTEN when listening fails.
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const address = resolveListenAddress(options.address);
  const hub = createEventHub(options.log);
  const server = createServer(options.limits ?? CONNECTION_LIMITS, createApp(options, hub));
  boundConnections(server, MAX_CONNECTIONS);
  server.timeout = IDLE_MS;
  try {
    await listen(server, address, options.port);
  } catch (error) {
    hub.close();
    throw error;
  }
  server.on('error', (error) => options.log.error({ err: error }, 'the HTTP server failed'));
  const port = findPort(server);
  let stopping: Promise<void> | null = null;
  return {
    url: `http://${formatEndpoint(address, port)}`,
    address,
    port,
    publish: (build) => hub.publish(build),
    stop: () => (stopping ??= stopServer(server, hub)),
  };
}

function createApp(options: ApiOptions, hub: EventHub): Express {
  const { dashboardDir, log, publicUrl, data, commands, clock, testAlerts, buildReport } = options;
  const address = resolveListenAddress(options.address);
  const parts = { data, commands, clock, hub, testAlerts, buildReport };
  const app = express();
  app.disable('etag');
  app.disable('query parser');
  app.use(securityHeaders());
  if (publicUrl !== null) {
    const hostName = (): string => data.status()?.host.name ?? '';
    app.use('/act', guardLinks(address, describePublicOrigin(publicUrl)), linkRoutes({ commands, clock, hostName }));
  }
  app.use(guardRequests(address));
  app.use(compression({ filter: isCompressible }));
  app.use(['/api', '/healthz', '/readyz', '/metrics'], noStore);
  app.use(probeRoutes(parts));
  app.use('/api/v1', apiRoutes(parts));
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

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** Event streams compress their events by themselves: this compressor would delay them until its buffer is full. */
const isCompressible: compression.CompressionFilter = (request, response) => {
  const isStream = String(response.getHeader('Content-Type')).startsWith('text/event-stream');
  return !isStream && compression.filter(request, response);
};

async function listen(server: Server, address: string, port: number): Promise<void> {
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

function findPort(server: Server): number {
  const bound = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}

async function stopServer(server: Server, hub: EventHub): Promise<void> {
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
