/** The keys of `http`. */
import { accept, refuse, type Parsed } from '../quantities.js';
import { isLoopback, parseAddress } from '../host/ip-address.js';
import { LAST_PORT } from '../host/kernel-constants.js';
import { addProblem, type Context } from './checks.js';
import { defineKey, defineSection, keyDocs } from './key-definition.js';
import { parseOrigins } from './origins.js';
import * as values from './values.js';

const MAX_BASE_PATH_LENGTH = 200;

const tls = defineSection('', {
  cert: defineKey(
    values.parseAbsolutePath,
    undefined,
    'The file with the certificate and those of its authorities, in PEM form.',
    '/etc/portcast/tls/fullchain.pem',
  ),
  key: defineKey(
    values.parseAbsolutePath,
    undefined,
    'The file with its private key, without a passphrase. It may be a systemd credential.',
    '/etc/portcast/tls/privkey.pem',
  ),
});

export const httpSchema = defineSection('The dashboard, the API and /metrics.', {
  address: defineKey(
    parseListenAddress,
    '127.0.0.1',
    'The address to listen on; 0.0.0.0 and :: mean every address of this host. Beyond loopback portcast starts only when there is a login (portcast user add NAME --role operator), and only with tls or allowPlainText.',
  ),
  port: defineKey(values.parseInteger(0, LAST_PORT), 9470, 'The port to listen on. 0 means any free port.'),
  publicUrl: defineKey(
    values.parseOrNull(values.parsePublicUrl),
    null,
    'The URL by which readers of a message reach portcast, through a proxy of your own. When it is set, messages have links to acknowledge and to silence. Only those links (/act/...) are served under this name, unless publicOrigins has it too.',
    'https://portcast.example.org/',
  ),
  publicOrigins: defineKey(
    parseOrigins,
    [],
    'The origins (scheme, host and port) at which a reverse proxy serves the dashboard and the API. With one of them portcast starts only when there is a login, as it can then be reached from elsewhere.',
    ['https://tools.example.org'],
  ),
  basePath: defineKey(
    parseBasePath,
    '/',
    'The path below which everything is served, for a reverse proxy that has other services too. The proxy must pass it on.',
    '/portcast/',
  ),
  tls: tls.nullable().prefault(null).register(keyDocs, {
    description: 'TLS 1.2 or later. The files are read again when they change. null means plain HTTP.',
    default: null,
  }),
  allowPlainText: defineKey(
    values.parseBoolean,
    false,
    'Whether to listen beyond loopback without tls. Passwords and tokens can then be read on the way: only for a trusted network between portcast and a proxy with TLS.',
  ),
  embedFrom: defineKey(
    parseOrigins,
    [],
    'The origins of the pages that may show one pool in a frame (/?view=embed&pool=ID). No page may frame anything else.',
    ['https://wiki.example.org'],
  ),
}).superRefine(checkPlainText);

interface HttpReach {
  readonly address: string;
  readonly tls: unknown;
  readonly allowPlainText: boolean;
}

function checkPlainText({ address, tls: files, allowPlainText }: HttpReach, context: Context): void {
  if (isLoopback(address) || files !== null || allowPlainText) return;
  addProblem(context, {
    path: ['address'],
    allowed:
      'a loopback address (127.0.0.0/8 or ::1), or another one together with http.tls, or with http.allowPlainText behind a ' +
      'proxy with TLS; from another machine without either use: ssh -L 9470:127.0.0.1:9470 HOST',
    involves: ['tls', 'allowPlainText'],
  });
}

interface HttpSettings extends HttpReach {
  readonly basePath: string;
  readonly publicUrl: string | null;
}

export function listHttpWarnings({ http }: { readonly http: HttpSettings }): string[] {
  const { basePath, publicUrl } = http;
  const isPathLost = basePath !== '/' && publicUrl !== null && !`${publicUrl.replace(/\/*$/, '')}/`.endsWith(basePath);
  const lostPath = `http.publicUrl does not end with http.basePath (${basePath}): the links in messages work only if the proxy adds that path`;
  return [...(isPathLost ? [lostPath] : []), ...listPlainTextWarnings(http)];
}

function listPlainTextWarnings(http: HttpReach): string[] {
  if (isLoopback(http.address) || http.tls !== null) return [];
  return [
    `http.allowPlainText: passwords and tokens are sent unencrypted to ${http.address}; whoever sees the traffic can use them`,
  ];
}

function parseListenAddress(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && parseAddress(value) !== null && !/^::ffff:/i.test(value);
  return good ? accept(value) : refuse('an IP address of this host, such as 127.0.0.1 or ::1');
}

/** `/`, or a path of plain segments that begins and ends with a slash: no other spelling of it exists. */
function parseBasePath(value: unknown): Parsed<string> {
  const allowed = refuse(
    'a path that begins and ends with "/", with segments of letters, digits, "-", "_", "~" and ".", such as /portcast/',
  );
  if (typeof value !== 'string' || value.length > MAX_BASE_PATH_LENGTH) return allowed;
  const isGood = /^\/(?:[\w~.-]+\/)*$/.test(value) && !/\/\.{1,2}\//.test(value);
  return isGood ? accept(value) : allowed;
}
