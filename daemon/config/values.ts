/** Parsers of values that are not quantities: names, addresses, schedules. */
import { validateDetailed } from 'node-cron';
import { accept, refuse, type Parsed, type Parser } from '../quantities.js';
import { isClientName, isHost, isMailAddress } from '../mail-address.js';

/** Names of months and weekdays, and numbers of at most two digits, with the signs of cron between them. */
const CRON_FIELD = /^(?:\*|\?|L|[a-z]{3,9}|\d{1,2})(?:[-/,#](?:\*|L|[a-z]{3,9}|\d{1,2})|L|W)*$/i;
/** Every second of the minute by its number takes 170 characters. */
const MAX_SCHEDULE_LENGTH = 500;

export function parseOneOf<T extends string>(values: readonly T[]): Parser<T> {
  return (value) => {
    const found = values.find((candidate) => candidate === value);
    return found === undefined ? refuse(`one of ${values.join(', ')}`) : accept(found);
  };
}

export function parseBoolean(value: unknown): Parsed<boolean> {
  return typeof value === 'boolean' ? accept(value) : refuse('true or false');
}

export function parseInteger(min: number, max: number): Parser<number> {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? accept(value)
      : refuse(`a whole number from ${min} to ${max}`);
}

export function parseOrNull<T>(parse: Parser<T>): Parser<T | null> {
  return (value) => {
    if (value === null) return accept(null);
    const parsed = parse(value);
    return parsed.ok ? parsed : { ...parsed, allowed: `${parsed.allowed}, or null` };
  };
}

/** The name of a time zone in the IANA database, such as Europe/Berlin. Offsets such as +02:00 know no summer time. */
export function parseTimeZone(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && /^[A-Za-z]/.test(value) && isTimeZone(value);
  return good ? accept(value) : refuse('the IANA name of a time zone, such as Europe/Berlin or UTC');
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** One line of printable text. */
export function parseName(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && /^[^\p{C}]{1,253}$/u.test(value) && value.trim() === value;
  return good ? accept(value) : refuse('a name of 1 to 253 printable characters');
}

export function parsePath(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
  return good ? accept(value) : refuse('the path of a file');
}

/** An absolute path. An error does not quote it: a password written here by mistake must not be printed. */
export function parseSecretPath(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && value.startsWith('/') && !value.includes('\0');
  return good ? accept(value) : { ...refuse('the absolute path of a file that holds the password'), hide: true };
}

/**
 * The name of an environment variable, in capitals, so that most passwords written here by mistake are refused. An
 * error does not quote it.
 */
export function parseVariableName(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && /^[A-Z_][A-Z0-9_]*$/.test(value);
  return good
    ? accept(value)
    : { ...refuse('the name of an environment variable: capitals, digits and _'), hide: true };
}

export function parseAbsolutePath(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && value.startsWith('/') && !value.includes('\0');
  return good ? accept(value) : refuse('the absolute path of a file');
}

/** A host name (RFC 1123) or an address. */
export function parseHost(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && isHost(value);
  return good ? accept(value) : refuse('a host name or an IP address, such as smtp.example.org');
}

/** The name of a client in SMTP (RFC 5321, 4.1.1.1): a relay may refuse any other. */
export function parseClientName(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && isClientName(value);
  return good
    ? accept(value)
    : refuse(
        'a host name with its domain, such as web-1.example.org, or an address as [192.0.2.1] or [IPv6:2001:db8::1]',
      );
}

/** One bare address. */
export function parseMailAddress(value: unknown): Parsed<string> {
  const good = typeof value === 'string' && isMailAddress(value);
  return good ? accept(value) : refuse('one plain mail address, such as ops@example.org');
}

export function parseMailAddresses(value: unknown): Parsed<string[]> {
  const allowed = 'a list of at most 50 plain mail addresses, such as [ops@example.org], none of them twice';
  if (!Array.isArray(value) || value.length > 50) return refuse(allowed);
  const addresses: string[] = [];
  for (const item of value as unknown[]) {
    const parsed = parseMailAddress(item);
    // The key of a message contains its recipient, so a second message to the same one would be the same message.
    if (!parsed.ok || addresses.some((address) => address.toLowerCase() === parsed.value.toLowerCase())) {
      return refuse(allowed);
    }
    addresses.push(parsed.value);
  }
  return accept(addresses);
}

export function parseUrl(value: unknown): Parsed<string> {
  const allowed = 'an http or https URL, such as https://portcast.example.org/';
  if (typeof value !== 'string' || !URL.canParse(value)) return refuse(allowed);
  return ['http:', 'https:'].includes(new URL(value).protocol) ? accept(value) : refuse(allowed);
}

/** A URL to which a path can be added. */
export function parsePublicUrl(value: unknown): Parsed<string> {
  const allowed = refuse('an http or https URL without a login, ? and #, such as https://portcast.example.org/');
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,500}$/.test(value) || !URL.canParse(value)) return allowed;
  const { protocol, username, password, href } = new URL(value);
  const isGood = /^https?:$/.test(protocol) && username === '' && password === '' && !/[?#]/.test(value);
  return isGood ? accept(href) : allowed;
}

/**
 * A six-field cron expression with a beat in every minute. node-cron alone would accept five fields, without seconds.
 */
export function parseSchedule(value: unknown): Parsed<string> {
  const allowed = 'six cron fields (second minute hour day month weekday), such as "*/2 * * * * *"';
  if (typeof value !== 'string' || value.trim().split(/\s+/).length !== 6) return refuse(allowed);
  if (value.length > MAX_SCHEDULE_LENGTH) return refuse(`${allowed}, of at most ${MAX_SCHEDULE_LENGTH} characters`);
  // node-cron writes every number of a range into a list: 0-999999999 would take all memory.
  const wrong = value
    .trim()
    .split(/\s+/)
    .filter((field) => !CRON_FIELD.test(field));
  if (wrong.length > 0) return refuse(`${allowed}, with numbers of one or two digits`);
  const { valid, errors, fields } = validateDetailed(value);
  if (!valid || fields === undefined) {
    return refuse(`${allowed}; ${errors.map((error) => error.message).join('; ')}`);
  }
  const everyMinute =
    fields.minute.length === 60 &&
    fields.hour.length === 24 &&
    fields.month.length === 12 &&
    fields.dayOfMonth.length >= 31 &&
    fields.dayOfWeek.length >= 7;
  return everyMinute ? accept(value) : refuse(`${allowed}, with at least one beat in every minute`);
}
