/** The HTTP server: loopback only, bounded in every direction, gone within a second of being told to stop. */
import { createServer, type Server } from 'node:http';
import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Clock } from '../contracts.js';
import { messageOf, PortcastError } from '../errors.js';
import type { Log } from '../log.js';
import type { WireSample } from '../wire/sample.js';
import type { ApiData } from './data.js';
import { createEventHub, type EventHub } from './events.js';
import { guardRequests, bracketForListen } from './guard.js';
import { serveDashboard } from './static-files.js';
import { notFound, problemHandler } from './problem.js';
import { apiRoutes, probeRoutes } from './routes.js';
import { formatEndpoint } from '../host/endpoint.js';

const MAX_CONNECTIONS = 256;
/** A peer that neither sends nor reads for this long is gone; event streams carry a heartbeat well within it. */
const IDLE_MS = 60_000;
/** How long answers under way may take once the server stops. */
const STOP_GRACE_MS = 500;
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const;

export interface ApiOptions {
  /** A loopback address, or `localhost`. */
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The built dashboard: index.html and assets/. Need not exist. */
  readonly dashboardDir: string;
  readonly data: ApiData;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Api {
  /** Where it listens, with no slash at the end: `http://127.0.0.1:9470`. */
  readonly url: string;
  readonly port: number;
  /** Sends a sample to every event stream; the latest one greets those that connect later. */
  publish(sample: WireSample): void;
  /** Ends event streams, lets answers under way finish for half a second, closes every connection. */
  stop(): Promise<void>;
}

/**
 * Starts to listen.
 * @throws PortcastError CONFIG_INVALID for an address that is not loopback, HTTP_LISTEN when it cannot be had
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const address = bracketForListen(options.address);
  const hub = createEventHub(options.log);
  const server = createServer(LIMITS, createApp(options, hub));
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = IDLE_MS;
  try {
    await listen(server, address, options.port);
  } catch (error) {
    hub.close();
    throw error;
  }
  server.on('error', (error) => options.log.error({ err: error }, 'the HTTP server failed'));
  const port = portOf(server);
  let stopping: Promise<void> | null = null;
  return {
    url: `http://${formatEndpoint(address, port)}`,
    port,
    publish: (sample) => hub.publish(sample),
    stop: () => (stopping ??= stop(server, hub)),
  };
}

function createApp(options: ApiOptions, hub: EventHub): Express {
  const { address, dashboardDir, log } = options;
  const parts = { data: options.data, clock: options.clock, hub };
  const app = express();
  app.disable('etag');
  app.disable('query parser');
  app.use(securityHeaders());
  app.use(guardRequests(bracketForListen(address)));
  app.use(compression({ filter: isCompressible }));
  app.use(['/api', '/healthz', '/readyz', '/metrics'], noStore);
  app.use(probeRoutes(parts));
  app.use('/api/v1', apiRoutes(parts));
  app.use(serveDashboard(dashboardDir));
  app.use(notFound);
  app.use(problemHandler(log));
  return app;
}

/** uPlot styles through the CSSOM, which the policy permits. Over plain loopback HTTP neither HSTS nor an upgrade. */
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

/** A compressor would hold events back until its buffer is full. */
const isCompressible: compression.CompressionFilter = (request, response) => {
  const isStream = String(response.getHeader('Content-Type')).startsWith('text/event-stream');
  return !isStream && compression.filter(request, response);
};

async function listen(server: Server, address: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const text = `cannot listen on ${formatEndpoint(address, port)}: ${WHY_NOT[error.code ?? ''] ?? messageOf(error)}`;
      reject(new PortcastError('HTTP_LISTEN', text, { cause: error }));
    };
    server.once('error', fail);
    server.listen(port, address, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

const WHY_NOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken. Is another portcast running? `http.port` in the configuration chooses another one',
  EACCES: 'not permitted: low ports need a privilege. `http.port` in the configuration chooses another one',
  EADDRNOTAVAIL: 'this host has no such address. `http.address` in the configuration chooses another one',
};

function portOf(server: Server): number {
  const bound = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}

async function stop(server: Server, hub: EventHub): Promise<void> {
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
