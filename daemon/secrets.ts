/** Recognises and masks what may be a secret in text that is printed, logged or served. Pure. */

export const MASK = '***';
/** Said in place of a value that is not quoted. */
export const HIDDEN = 'a value that may be a secret and is not shown';

const SECRET_NAME =
  '(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)';
const SECRET_KEY = new RegExp(`${SECRET_NAME}$|secret|token`, 'i');
/** Formats that name themselves: private keys, JSON web tokens, and the tokens of well-known services. */
const TOKENS =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|SG\.)[\w.-]{16,}/g;
/**
 * User and password before a host; the limits of length keep the search linear. A password may hold `/` and `@`, so
 * everything up to the last `@` is masked.
 */
const URL_LOGIN = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s"'<>]{0,400}@/gi;
/** The same without a scheme. */
const BARE_LOGIN = /(?<=^|[\s"'(<[,=/])[^\s"'<>:@/([,=]{1,100}:(?!\/\/)[^\s"'<>@]{1,400}@(?=[\w[])/g;
/** `password=x`, `"token":"x"`, `--secret x`. */
const NAMED = new RegExp(
  `((?:\\b|_)${SECRET_NAME}(?:\\\\?["'])?(?:\\s*=\\s*|:\\s*(?!found\\b|\\s)))(\\\\?["'])?(?!\\\\?["'])[^\\s"'\\\\,;}\\]]+`,
  'gi',
);
const FLAG = new RegExp(`(--${SECRET_NAME}\\s+)[^\\s"'\\\\]+`, 'gi');
/** The login of an HTTP header. */
const BEARER = /\b((?:bearer|basic)\s+)[\w+/=.~-]{8,}/gi;

/** Shapes of the words that people write into a configuration, and that say nothing to a thief. */
const HARMLESS: readonly RegExp[] = [
  // words: `starttls`, `X-Priority:`, `max_size`, `it's`
  /^(?=.{1,24}$)[A-Za-z]+(?:[-_.'][A-Za-z]+)*[:.!?]?$|^_+[A-Za-z]+_+$/,
  // the short name of a host: `web-1`
  /^[a-z]{1,20}(?:-[a-z]{1,20})*-\d{1,3}$/,
  // numbers, quantities, versions and cron fields: `30sec`, `200%`, `*/2`, `1-59,L`
  /^[-+]?\d{1,15}(?:\.\d+)*[A-Za-z]{0,4}%?$|^[-\d*/,?LW#]+$/,
  // addresses and host names, with a port: `[::1]:80`, `10.0.0.1`, `smtp.example.org:587`
  /^\[?[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}\]?(?::\d+)?$|^\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$/i,
  /^(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d{1,5})?$/,
  // mail addresses
  /^[a-z][a-z0-9.+_-]*@(?:localhost|(?:[a-z0-9-]+\.)+[a-z]{1,24})$/i,
  // URLs without a login
  /^(?:https?|smtps?|file|data):\/\/[\w.:/[\]-]*$|^javascript:/i,
  // time zones: `Europe/Berlin`, `America/Argentina/Buenos_Aires`
  /^[A-Z][A-Za-z]{2,12}(?:\/(?:[A-Z][a-z]{1,14}[_-]?){1,3}){1,2}$/,
  // paths of at least two parts
  /^\.{0,2}(?:\/[\w.+-]+){2,}\/?$|^\/[a-z]*$/,
];
const BETWEEN_WORDS = /[\s\p{Cc}]+/u;
const AROUND_WORD = /^[<("[{]+|[>)"\]},;]+$/g;

/** Whether a key is named as one that holds a secret, such as `password` or `api_key`. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** The text with every part that shows itself as a secret replaced by `***`: logins in URLs, named secrets, tokens. */
export function maskSecrets(text: string): string {
  return text
    .replace(TOKENS, MASK)
    .replace(URL_LOGIN, `$1${MASK}@`)
    .replace(BARE_LOGIN, `${MASK}@`)
    .replace(NAMED, (_all, name: string, quote: string | undefined) => `${name}${quote ?? ''}${MASK}`)
    .replace(FLAG, `$1${MASK}`)
    .replace(BEARER, `$1${MASK}`);
}

/** Scheme and host: the rest of a URL may be secret. The text itself where it is no URL. */
export function maskUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const { origin, pathname, search } = new URL(text);
  return pathname === '/' && search === '' ? text : `${origin}/${MASK}`;
}

/** The same keys with every value masked. */
export function maskValues(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.keys(values).map((key) => [key, MASK]));
}

/** A copy of plain JSON data in which `maskSecrets` was applied to every string. */
export function maskStrings<T>(value: T): T {
  return mapStrings(value, maskSecrets) as T;
}

/**
 * Whether a value in the wrong place may be a secret. A secret has no shape of its own, so every word of the value must
 * have one of the shapes that values of a configuration have, and mixed letters, digits and signs are none.
 */
export function mayBeSecret(value: unknown): boolean {
  if (typeof value === 'string') {
    if (maskSecrets(value) !== value) return true;
    const words = value.split(BETWEEN_WORDS).map((word) => word.replace(AROUND_WORD, ''));
    return words.some((word) => word !== '' && !HARMLESS.some((shape) => shape.test(word)));
  }
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => (!Array.isArray(value) && mayBeSecret(key)) || mayBeSecret(inner),
  );
}

/** Applies `change` to every string of plain JSON data; keys stay as they are. */
export function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapStrings(inner, change)]));
}
