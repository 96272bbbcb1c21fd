/** Parsers of the values of channels other than mail: URLs, headers, commands, log targets. */
import { isAbsolute } from 'node:path';
import type { Severity } from '../alert/alert.js';
import { CHANNEL_NAMES, type ChannelName } from '../incident/recipients.js';
import { accept, refuse, type Parsed } from '../quantities.js';
import { isHost } from '../mail-address.js';
import { LAST_PORT } from '../host/kernel-constants.js';
import { parseMailAddresses } from './values.js';

export const SEVERITY_NAMES = ['critical', 'warning', 'info'] as const satisfies readonly Severity[];

/** Where records of a log go. `journal` and `local` are sockets of this host. */
export type SyslogTarget =
  | { readonly kind: 'journal' | 'local'; readonly path: string }
  | { readonly protocol: 'udp' | 'tcp'; readonly host: string; readonly port: number };

const JOURNAL_SOCKET = '/run/systemd/journal/socket';
const LOCAL_SOCKET = '/dev/log';
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Printable ASCII, without a space at either end. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?$/;
/** Those that belong to one connection (RFC 9110, 7.6.1), and those that portcast sets. */
const OWN_HEADERS =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|host|content-.*|idempotency-key|x-portcast-.*)$/i;
const MAX_HEADERS = 20;
const MAX_ARGUMENTS = 50;
const MAX_URLS = 10;

/** Null where it is a URL that messages can be sent to, else what is allowed. A URL may hold a secret, so none is quoted. */
export function checkUrl(text: string): string | null {
  const allowed = 'an http or https URL, such as https://hooks.example.org/portcast';
  if (!URL.canParse(text)) return allowed;
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return allowed;
  if (username !== '' || password !== '') return `${allowed}, without a login: send that as a header (Authorization)`;
  return hash === '' ? null : `${allowed}, without a part after #`;
}

export function parseTargetUrl(value: unknown): Parsed<string> {
  const problem = typeof value === 'string' ? checkUrl(value) : checkUrl('');
  return problem === null ? accept(String(value)) : { ...refuse(problem), hide: true };
}

export function parseTargetUrls(value: unknown): Parsed<string[]> {
  const allowed = `a list of 1 to ${MAX_URLS} http or https URLs without logins, such as [http://alertmanager-1:9093]`;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_URLS) return { ...refuse(allowed), hide: true };
  const urls = value as unknown[];
  const good = urls.every((url): url is string => typeof url === 'string' && checkUrl(url) === null);
  return good && new Set(urls).size === urls.length ? accept(urls) : { ...refuse(allowed), hide: true };
}

export function parseHeaders(value: unknown): Parsed<Record<string, string>> {
  const allowed =
    'a mapping of at most 20 header names to one line of ASCII each, ' +
    'without headers of the connection (Host, Connection, Content-Type, ...) and those that portcast sets';
  const refused = { ...refuse(allowed), hide: true };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused;
  const headers = Object.entries(value as Record<string, unknown>);
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  if (headers.length > MAX_HEADERS || names.size < headers.length) return refused;
  const good = headers.every(
    ([name, text]) =>
      TOKEN.test(name) && !OWN_HEADERS.test(name) && typeof text === 'string' && HEADER_VALUE.test(text),
  );
  return good ? accept(Object.fromEntries(headers) as Record<string, string>) : refused;
}

/** An argument may be a secret, so none is quoted. */
export function parseCommand(value: unknown): Parsed<string[]> {
  const allowed = `a list of the absolute path of a program and its arguments, such as [/usr/local/bin/page, --team, ops]`;
  const words = Array.isArray(value) ? (value as unknown[]) : [];
  const good = words.every((word): word is string => typeof word === 'string' && !word.includes('\0'));
  const [program] = words;
  if (!good || typeof program !== 'string' || !isAbsolute(program) || words.length > MAX_ARGUMENTS) {
    return { ...refuse(allowed), hide: true };
  }
  return accept(words);
}

export function parseSyslogTarget(value: unknown): Parsed<SyslogTarget> {
  if (value === 'journald') return accept({ kind: 'journal', path: JOURNAL_SOCKET });
  if (value === 'local') return accept({ kind: 'local', path: LOCAL_SOCKET });
  const [, protocol, bracketed, plain, digits = ''] =
    /^(udp|tcp):\/\/(?:\[([0-9a-f:.]+)\]|([^:/@[\]]+)):(\d{1,5})$/i.exec(typeof value === 'string' ? value : '') ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  if (protocol === undefined || !isHost(host) || port < 1 || port > LAST_PORT) {
    return refuse(
      'journald, local (/dev/log), or udp://HOST:PORT or tcp://HOST:PORT, such as udp://log.example.org:514',
    );
  }
  return accept({ protocol: protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp', host, port });
}

export function parseSeverities(value: unknown): Parsed<Severity[]> {
  const allowed = 'a list of severities, such as [critical, warning], none of them twice';
  return parseNames(value, SEVERITY_NAMES, allowed);
}

export function parseChannelOrder(value: unknown): Parsed<ChannelName[]> {
  return parseNames(value, CHANNEL_NAMES, `a list of ${CHANNEL_NAMES.join(', ')}, none of them twice`, 0);
}

/** Mail addresses by severity. */
export function parseRecipientsBySeverity(value: unknown): Parsed<Partial<Record<Severity, string[]>>> {
  const refused = refuse(
    'a mapping of critical, warning or info to lists of mail addresses, such as { critical: [a@example.org] }',
  );
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused;
  const lists: Partial<Record<Severity, string[]>> = {};
  for (const [name, list] of Object.entries(value as Record<string, unknown>)) {
    const severity = SEVERITY_NAMES.find((known) => known === name);
    const parsed = parseMailAddresses(list);
    if (severity === undefined || !parsed.ok) return refused;
    lists[severity] = parsed.value;
  }
  return accept(lists);
}

function parseNames<T extends string>(value: unknown, names: readonly T[], allowed: string, least = 1): Parsed<T[]> {
  if (!Array.isArray(value) || value.length < least) return refuse(allowed);
  const found = (value as unknown[]).map((item) => names.find((name) => name === item));
  const good = found.every((name): name is T => name !== undefined) && new Set(found).size === found.length;
  return good ? accept(found) : refuse(allowed);
}
