/** The one definition of a plain mail address, for the configuration and for the e-mail channel. */
import { parseAddress } from './host/ip-address.js';

/** RFC 5321, 4.5.3.1: a path of 256 octets with its angle brackets. */
const MAX_ADDRESS_LENGTH = 254;
const MAX_LOCAL_PART_LENGTH = 64;
const MAX_HOST_NAME_LENGTH = 253;

/** One word of a local part (RFC 5322, atext). Words are joined by dots. */
const WORD = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LOCAL_PART = new RegExp(`^${WORD}(?:\\.${WORD})*$`);

/** One label of a host name (RFC 1123), with the underscores that DNS allows too. */
const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*\\.?$`);

/** A label of a name that a host gives itself in SMTP (RFC 5321, 4.1.2): without underscores. */
const STRICT_LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const FULL_NAME = new RegExp(`^(?:${STRICT_LABEL}\\.)+${STRICT_LABEL}$`);

/** The zone of a link-local IPv6 address (RFC 4007): `fe80::1%eth0`. */
const ZONE = /(:[^%]*)%[0-9A-Za-z.:-]+$/;

/**
 * Whether this is one plain address `local@domain`. A mail library could read more into other forms: a display name,
 * angle brackets, a list, quoting, or a line break, which would add a header to the mail and so another recipient.
 */
export function isMailAddress(text: string): boolean {
  const at = text.indexOf('@');
  return (
    text.length <= MAX_ADDRESS_LENGTH &&
    at <= MAX_LOCAL_PART_LENGTH &&
    LOCAL_PART.test(text.slice(0, Math.max(0, at))) &&
    isHost(text.slice(at + 1))
  );
}

/** Whether this is a host name or an IP address. Four numbers that are no address, such as `1.2.3.999`, are neither. */
export function isHost(text: string): boolean {
  if (text.length > MAX_HOST_NAME_LENGTH) return false;
  if (parseAddress(text.replace(ZONE, '$1')) !== null) return true;
  return HOST_NAME.test(text) && !/^[\d.]+$/.test(text);
}

/** Whether this is a host name with a domain (RFC 5321, 4.1.2), such as `web-1.example.org`, and no address. */
export function isFullyQualified(text: string): boolean {
  return text.length <= MAX_HOST_NAME_LENGTH && FULL_NAME.test(text) && !/\.\d+$/.test(text);
}

/** Whether a client may give itself this name in SMTP: a full name, or `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321, 4.1.3). */
export function isClientName(text: string): boolean {
  const [, prefix = '', address] = /^\[(IPv6:)?([^\]]*)\]$/i.exec(text) ?? [];
  if (address === undefined) return isFullyQualified(text);
  return parseAddress(address) !== null && address.includes(':') === (prefix !== '');
}
