/**
 * What is known of programs that open connections: what they do by default, and the switch that lets them keep connections.
 * Defaults as of the versions named; the documents of the program decide.
 */
import type { CodeSample } from './effect.js';

export interface Program {
  /** As it is asked for: `--program go`. */
  readonly name: string;
  readonly title: string;
  /** Process names (the `comm` of Linux) that show this program for certain. */
  readonly processes: RegExp | null;
  /** Process names that several programs have. */
  readonly likely?: RegExp;
  /** What it does unless told otherwise. */
  readonly defaults: string;
  /** What to set, as a clause. */
  readonly switch: string;
  readonly code: readonly CodeSample[];
}

const GO = `// One transport for the whole program. At least as many idle connections as there are requests at a time.
var client = &http.Client{Transport: &http.Transport{
	MaxIdleConns:        512,
	MaxIdleConnsPerHost: 256,
	IdleConnTimeout:     90 * time.Second,
}}

res, err := client.Get(url)
if err == nil {
	io.Copy(io.Discard, res.Body) // a body that is not read to its end closes the connection
	res.Body.Close()
}`;

const NODE = `// One agent for the whole program: new http.Agent() without keepAlive closes after each request.
import https from 'node:https';
const agent = new https.Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256, timeout: 60_000 });
https.get(url, { agent }, (response) => response.resume());`;

const PYTHON = `# One session for the whole program (per thread). requests.get() opens a connection each time.
import requests
from requests.adapters import HTTPAdapter

session = requests.Session()
session.mount('https://', HTTPAdapter(pool_connections=10, pool_maxsize=256))
session.get(url).content`;

const DOTNET = `// One client for the whole program: disposing an HttpClient closes its connections.
static readonly HttpClient Client = new HttpClient(new SocketsHttpHandler {
    PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
    MaxConnectionsPerServer = 256,
});`;

const NGINX = `upstream backend {
    server 10.0.0.2:443;
    keepalive 256;                      # idle connections that each worker keeps
}
location / {
    proxy_pass https://backend;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
}`;

const HAPROXY = `backend app
    http-reuse safe
    pool-max-conn 256
    # more ports: one more source address, and ports outside of the ephemeral range
    server s1 10.0.0.2:443 source 10.0.0.5:10000-32000`;

const ENVOY = `clusters:
- name: app
  upstream_bind_config:                 # binds first: without the option all end points share the ports of one address
    source_address: { address: 10.0.0.5, port_value: 0 }
    socket_options:
    - { level: 0, name: 24, int_value: 1, state: STATE_PREBIND }   # IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT`;

const PGBOUNCER = `; pgbouncer.ini on the host of the clients, which connect to its Unix socket
[databases]
app = host=10.0.0.2 port=5432 dbname=app
[pgbouncer]
unix_socket_dir = /run/pgbouncer
pool_mode = transaction
default_pool_size = 50`;

const PHP = `<?php
// A persistent connection stays with the worker of PHP-FPM, so there are at most as many as workers.
$db = new PDO($dsn, $user, $password, [PDO::ATTR_PERSISTENT => true]);
$redis = new Redis();
$redis->pconnect('10.0.0.2', 6379);
// HTTP: keep one handle, because curl_close() ends its connections.
static $curl = null;
$curl ??= curl_init();`;

const SHELL = `# One process and one connection for many requests.
printf 'url = "https://10.0.0.2/item/%s"\\noutput = "/dev/null"\\n' 1 2 3 | curl --config -
redis-cli --pipe < commands.txt
psql --file statements.sql`;

const JAVA = `// One client for the whole program. HttpURLConnection keeps 5 idle connections per server (http.maxConnections),
// and none whose answer was not read to its end.
static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
// java -Dhttp.maxConnections=256 -Djdk.httpclient.keepalive.timeout=60 ...`;

export const PROGRAMS = [
  {
    name: 'go',
    title: 'Go net/http',
    // A compiled program has the name that its author gave it.
    processes: null,
    defaults: 'keeps 2 idle connections per host (DefaultMaxIdleConnsPerHost) and 100 in all, and closes the others',
    switch: 'set Transport.MaxIdleConnsPerHost to the number of requests at a time, and read each body to its end',
    code: [{ language: 'go', title: 'one shared transport', code: GO }],
  },
  {
    name: 'node',
    title: 'Node.js http',
    processes: /^(node|nodejs|node-MainThread)$/,
    likely: /^MainThread$/,
    defaults:
      'keeps no connection below Node 19; from 19 on the global agent keeps idle ones for 5 s, and an agent of your own keeps none',
    switch:
      'share one http.Agent({ keepAlive: true }) with an idle time-out that is longer than the pause between loads',
    code: [{ language: 'javascript', title: 'one shared agent', code: NODE }],
  },
  {
    name: 'python',
    title: 'Python requests',
    processes: /^(python[\d.]*|gunicorn|uwsgi|uvicorn|celery)$/,
    defaults: 'opens a connection for each requests.get(), and closes it',
    switch: 'use one requests.Session for all requests, with a pool_maxsize of the number of requests at a time',
    code: [{ language: 'python', title: 'one session', code: PYTHON }],
  },
  {
    name: 'dotnet',
    title: '.NET HttpClient',
    processes: /^(dotnet|w3wp(\.exe)?)$/,
    defaults:
      'closes its connections when the HttpClient is disposed, so a client for each request opens one each time',
    switch: 'share one HttpClient, and set PooledConnectionLifetime so that it follows changes of DNS',
    code: [{ language: 'csharp', title: 'one shared client', code: DOTNET }],
  },
  {
    name: 'nginx',
    title: 'nginx upstream',
    processes: /^nginx$/,
    defaults:
      'opens a connection to the upstream for each request unless keepalive is set (newer versions differ: see CHANGES)',
    switch: 'set keepalive in the upstream, proxy_http_version 1.1 and an empty Connection header',
    code: [{ language: 'nginx', title: 'keepalive to the upstream', code: NGINX }],
  },
  {
    name: 'haproxy',
    title: 'HAProxy',
    processes: /^haproxy$/,
    defaults: 'reuses connections as http-reuse says; with source it binds first',
    switch: 'set http-reuse safe, and more source addresses with a port range outside of the ephemeral one',
    code: [{ language: 'haproxy', title: 'reuse and source addresses', code: HAPROXY }],
  },
  {
    name: 'envoy',
    title: 'Envoy',
    processes: /^envoy$/,
    defaults: 'with upstream_bind_config it binds first, so that all end points share the ports of one address',
    switch: 'set the socket option IP_BIND_ADDRESS_NO_PORT in upstream_bind_config',
    code: [{ language: 'yaml', title: 'no port at bind()', code: ENVOY }],
  },
  {
    name: 'postgresql',
    title: 'PostgreSQL clients',
    processes: /^(psql|pgbench|pgbouncer|pg_dump|pg_restore)$/,
    defaults: 'open one connection for each session',
    switch: 'put PgBouncer on this host, which clients reach by its Unix socket, or a pool into the client',
    code: [{ language: 'ini', title: 'PgBouncer on this host', code: PGBOUNCER }],
  },
  {
    name: 'php',
    title: 'PHP',
    processes: /^php(-fpm|-cgi)?[\d.]*$/,
    defaults: 'closes its connections at the end of each request',
    switch: 'use persistent connections (PDO::ATTR_PERSISTENT, Redis::pconnect) in a limited number of workers',
    code: [{ language: 'php', title: 'persistent connections', code: PHP }],
  },
  {
    name: 'shell',
    title: 'curl, redis-cli and shell loops',
    processes: /^(curl|wget|redis-cli|bash|sh|dash|zsh)$/,
    defaults: 'open one connection for each process',
    switch: 'give many requests to one process, or send them through a local proxy',
    code: [{ language: 'shell', title: 'one process for many requests', code: SHELL }],
  },
  {
    name: 'java',
    title: 'Java HTTP clients',
    processes: /^(java|jsvc)$/,
    defaults: 'HttpURLConnection keeps 5 idle connections per server, and none whose answer was not read to its end',
    switch: 'share one HttpClient, and raise http.maxConnections for HttpURLConnection',
    code: [{ language: 'java', title: 'one shared client', code: JAVA }],
  },
] as const satisfies readonly Program[];

export type ProgramName = (typeof PROGRAMS)[number]['name'];
export const PROGRAM_NAMES: readonly ProgramName[] = PROGRAMS.map(({ name }) => name);
