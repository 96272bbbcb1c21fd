/** Programs that speak HTTP, each with a connection per request or with connections that stay open. */
import { CLIENT_ADDRESS, labScript, SERVER_ADDRESS, type Side } from '../../../lab/namespaces.js';
import { besideThis, client, programRow, server, type Place, type Program, type ProgramRow } from './program-row.js';

const PROXY_PORT = 8080;
const PYTHON = '/usr/bin/python3';
/** A server that takes 100 ms, so that four requests at a time are at most 40 per second. */
const PROXIED_DELAY_MS = 100;
const IN_FLIGHT = 4;
const SECONDS_WITHOUT_END = 300;
const BENCH_BOUNDS = ['-t', SECONDS_WITHOUT_END, '-n', 1_000_000];

const urlOf = ({ port }: Place): string => `http://${SERVER_ADDRESS}:${port}/`;

const upstream = (delayMs: number): Program =>
  server(/^listening$/, ({ port }) => [...labScript('tools/league/programs/upstream.ts'), port, delayMs]);
const curlFrom = (side: Side, perSecond: number, urlFor: (place: Place) => string): Program => ({
  ...client((place) => ['php', besideThis('curl.php'), urlFor(place), perSecond, SECONDS_WITHOUT_END]),
  side,
});
const curl = (perSecond: number): Program => curlFrom('client', perSecond, urlOf);
const requests = (how: 'alone' | 'session', ...phases: string[]): Program =>
  client((place) => [PYTHON, besideThis('requests_get.py'), urlOf(place), how, ...phases]);
const fetchAbort = (perSecond: number): Program =>
  client((place) => [
    ...labScript('tools/league/programs/fetch-abort.ts'),
    urlOf(place),
    perSecond,
    SECONDS_WITHOUT_END,
  ]);

/** The clients of a proxy run on the other host, where they have ports enough. */
const PROXY_URL = `http://${CLIENT_ADDRESS}:${PROXY_PORT}/`;
const bench: Program = {
  ...client(() => ['ab', '-q', '-k', '-r', '-c', IN_FLIGHT, ...BENCH_BOUNDS, PROXY_URL]),
  side: 'server',
};

/** HTTP/1.1 without `Connection: close`: the server leaves the end of the connection to nginx. */
const nginxConfig = ({ folder, port }: Place, keepAlive: boolean): string => `
worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/${name};\n`).join('')}
  keepalive_requests 1000000;
  upstream backend { server ${SERVER_ADDRESS}:${port}; ${keepAlive ? 'keepalive 16;' : ''} }
  server {
    listen ${PROXY_PORT};
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`;

const haproxyConfig = ({ port }: Place, mode: 'tcp' | 'http', ...backend: string[]): string => `
global
  log stdout format raw local0
defaults
  mode ${mode}
  log global
  retries 0
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend entry
  bind :${PROXY_PORT}
  default_backend backend
backend backend
${backend.map((line) => `  ${line}\n`).join('')}  server first ${SERVER_ADDRESS}:${port}
`;

const nginx: Program = {
  side: 'client',
  argv: ({ folder }) => ['nginx', '-p', folder, '-c', `${folder}/nginx.conf`, '-e', 'stderr'],
  ready: PROXY_PORT,
};
const haproxy: Program = {
  side: 'client',
  argv: ({ folder }) => ['haproxy', '-db', '-f', `${folder}/haproxy.cfg`],
  ready: PROXY_PORT,
};

export const HTTP_ROWS: readonly ProgramRow[] = [
  programRow({
    id: 'nginx',
    title: 'nginx proxy without keep-alive to its upstream, `ab`',
    ports: 1000,
    needs: ['nginx', 'ab'],
    files: (place) => ({ 'nginx.conf': nginxConfig(place, false) }),
    before: [upstream(PROXIED_DELAY_MS), nginx],
    programs: [bench],
    expects: 'exhausts',
    seconds: 75,
    usedAtLeast: 900,
  }),
  programRow({
    id: 'nginxkeep',
    title: 'nginx proxy with `keepalive 16` to its upstream, `ab`',
    ports: 1000,
    needs: ['nginx', 'ab'],
    files: (place) => ({ 'nginx.conf': nginxConfig(place, true) }),
    before: [upstream(PROXIED_DELAY_MS), nginx],
    programs: [bench],
    expects: 'silent',
    seconds: 75,
    witness: /^served 1500/,
    usedAtLeast: 1,
  }),
  programRow({
    id: 'hatcp',
    title: 'HAProxy in TCP mode, its clients are PHP curl at 32/s',
    ports: 1000,
    needs: ['haproxy', 'php', 'phpCurl'],
    files: (place) => ({ 'haproxy.cfg': haproxyConfig(place, 'tcp') }),
    before: [upstream(1), haproxy],
    programs: [curlFrom('server', 32, () => PROXY_URL)],
    expects: 'exhausts',
    seconds: 75,
    // HAProxy's own words for EADDRNOTAVAIL.
    prints: /local address already in use|no free ports/,
    usedAtLeast: 900,
  }),
  programRow({
    id: 'hanever',
    // In HTTP mode HAProxy resets what it closes first, so that its connections leave nothing behind.
    title: 'HAProxy with `http-reuse never` and `http-server-close`, `ab`',
    ports: 1000,
    needs: ['haproxy', 'ab'],
    files: (place) => ({
      'haproxy.cfg': haproxyConfig(place, 'http', 'http-reuse never', 'option http-server-close'),
    }),
    before: [upstream(PROXIED_DELAY_MS), haproxy],
    programs: [bench],
    expects: 'silent',
    seconds: 75,
    witness: /^served 1500/,
    usedAtLeast: 1,
  }),
  programRow({
    id: 'hareuse',
    title: 'HAProxy with `http-reuse always`, `ab`',
    ports: 1000,
    needs: ['haproxy', 'ab'],
    files: (place) => ({ 'haproxy.cfg': haproxyConfig(place, 'http', 'http-reuse always') }),
    before: [upstream(PROXIED_DELAY_MS), haproxy],
    programs: [bench],
    expects: 'silent',
    seconds: 75,
    witness: /^served 1500/,
    usedAtLeast: 1,
  }),
  programRow({
    id: 'php',
    title: 'PHP curl, a handle per request, 32/s',
    ports: 1000,
    needs: ['php', 'phpCurl'],
    before: [upstream(1)],
    programs: [curl(32)],
    expects: 'exhausts',
    seconds: 75,
    usedAtLeast: 900,
  }),
  programRow({
    id: 'requests',
    title: 'Python requests without a session, 32/s',
    ports: 1000,
    needs: ['python', 'requests'],
    before: [upstream(1)],
    programs: [requests('alone', `32x${SECONDS_WITHOUT_END}`)],
    expects: 'exhausts',
    seconds: 75,
    usedAtLeast: 900,
  }),
  programRow({
    id: 'session',
    title: 'Python requests with a session, 32/s',
    ports: 1000,
    needs: ['python', 'requests'],
    before: [upstream(1)],
    programs: [requests('session', `32x${SECONDS_WITHOUT_END}`)],
    expects: 'silent',
    seconds: 75,
    witness: /^served 1500/,
    usedAtLeast: 1,
  }),
  programRow({
    id: 'fetch',
    title: 'Node `fetch`, aborted after 50 ms, 32/s',
    ports: 1000,
    before: [upstream(500)],
    programs: [fetchAbort(32)],
    expects: 'exhausts',
    seconds: 75,
    usedAtLeast: 900,
  }),
  programRow({
    id: 'fetchslow',
    title: 'Node `fetch`, aborted after 50 ms, 9/s',
    ports: 1000,
    before: [upstream(500)],
    programs: [fetchAbort(9)],
    expects: 'silent',
    seconds: 100,
    usedAtLeast: 400,
  }),
  programRow({
    id: 'burst',
    title: 'Python requests, nine bursts of 9 s at 25/s, then one that lasts',
    ports: 725,
    needs: ['python', 'requests'],
    before: [upstream(1)],
    // The nine fill two thirds of the ports at most. The burst that lasts fills the rest within 20 s, so that a warning
    // has to come soon after it has outlasted the others.
    programs: [requests('alone', ...Array.from({ length: 9 }, () => ['25x9', '0x21']).flat(), '25x90')],
    expects: 'exhausts',
    seconds: 330,
    usedAtLeast: 650,
    onset: /^phase 19$/,
    leadAtLeastS: 7,
  }),
  programRow({
    id: 'two',
    title: 'PHP curl and Python requests to one server, 12/s each',
    ports: 1000,
    needs: ['php', 'phpCurl', 'python', 'requests'],
    before: [upstream(1)],
    programs: [curl(12), requests('alone', `12x${SECONDS_WITHOUT_END}`)],
    expects: 'exhausts',
    seconds: 90,
    usedAtLeast: 900,
  }),
  programRow({
    id: 'twoslow',
    title: 'PHP curl and Python requests to one server, 5/s each',
    ports: 1000,
    needs: ['php', 'phpCurl', 'python', 'requests'],
    before: [upstream(1)],
    programs: [curl(5), requests('alone', `5x${SECONDS_WITHOUT_END}`)],
    expects: 'silent',
    seconds: 100,
    usedAtLeast: 400,
  }),
];
