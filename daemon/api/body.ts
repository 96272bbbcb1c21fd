/** Strict parsers of JSON bodies. Each error quotes what was found and says what is allowed. */
import express, { type RequestHandler } from 'express';
import { messageOf, PortcastError } from '../errors.js';
import { readMatchers, SILENCE_MATCHER_NAMES, type Matchers } from '../incident/matchers.js';
import { MAX_COMMENT_LENGTH } from '../incident/remarks.js';
import { MAX_SILENCE_MS } from '../incident/silences.js';
import { DAY_MS, SECOND_MS } from '../units.js';
import type { Remark, SilenceRequest } from '../incident/commands.js';
import { MAX_BODY_BYTES } from './guard.js';
import { cutInput, quoteInput } from './problem.js';

const MAX_AUTHOR_LENGTH = 100;
const MAX_LOGIN_LENGTH = 4096;
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;
const SILENCE_FIELDS = ['matchers', 'beginAt', 'endAt', 'durationSeconds', 'author', 'comment'];

type Fields = Readonly<Record<string, unknown>>;

const parseJson: RequestHandler = express.json({
  limit: MAX_BODY_BYTES,
  inflate: false,
  strict: false,
  type: () => true,
});

/** Middleware of the routes that take a body. The guard has seen that it is meant to be JSON. */
export const readBody: RequestHandler = (request, response, next) => {
  void parseJson(request, response, (error?: unknown) => next(error === undefined ? undefined : describeError(error)));
};

/** `{}`, or nothing at all. @throws PortcastError USAGE */
export function refuseFields(body: unknown): void {
  readFields(body, []);
}

/** `{ "author", "comment" }`, both optional; nothing at all is allowed too. @throws PortcastError USAGE */
export function parseAcknowledgement(body: unknown): Remark {
  const fields = readFields(body, ['author', 'comment']);
  return { author: readAuthor(fields), text: readComment(fields, 'comment') };
}

/** `{ "user", "password" }`. An error quotes neither of them. @throws PortcastError USAGE */
export function parseLogin(body: unknown): { user: string; password: string } {
  const { user, password } = readFields(body, ['user', 'password']);
  const allowed = `a text of at most ${MAX_LOGIN_LENGTH} characters`;
  const isGood = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_LOGIN_LENGTH;
  if (!isGood(user)) throw usage(`user is missing or something else; allowed: ${allowed}`);
  if (!isGood(password)) throw usage(`password is missing or something else; allowed: ${allowed}`);
  return { user, password };
}

/** `{ "text", "author" }`, of which `author` is optional. @throws PortcastError USAGE */
export function parseComment(body: unknown): Remark {
  const fields = readFields(body, ['text', 'author']);
  const text = readComment(fields, 'text');
  if (text === '') throw wrong('text', fields['text'] ?? 'nothing', `text of 1 to ${MAX_COMMENT_LENGTH} characters`);
  return { author: readAuthor(fields), text };
}

/**
 * `{ "matchers", "beginAt", "endAt" or "durationSeconds", "author", "comment" }`; it begins now unless `beginAt` says else.
 * @throws PortcastError USAGE
 */
export function parseSilence(body: unknown, nowMs: number): SilenceRequest {
  const fields = readFields(body, SILENCE_FIELDS);
  const matchers = parseMatchers(fields['matchers']);
  const beginAtMs = fields['beginAt'] === undefined ? nowMs : readInstant(fields, 'beginAt');
  if (Math.abs(beginAtMs - nowMs) > MAX_SILENCE_MS) {
    throw wrong('beginAt', fields['beginAt'], `an instant within ${MAX_SILENCE_MS / DAY_MS} days of now`);
  }
  const endAtMs = readEnd(fields, beginAtMs);
  if (endAtMs <= nowMs) {
    throw usage(`the silence would end at ${new Date(endAtMs).toISOString()}; allowed: an end in the future`);
  }
  return { matchers, beginAtMs, endAtMs, author: readAuthor(fields), comment: readComment(fields, 'comment') };
}

function parseMatchers(value: unknown): Matchers {
  const read = readMatchers(value, SILENCE_MATCHER_NAMES, quoteValue);
  if (read.ok) return read.value;
  throw usage(read.problem);
}

function readEnd(fields: Fields, beginAtMs: number): number {
  const { endAt, durationSeconds } = fields;
  if ((endAt === undefined) === (durationSeconds === undefined)) {
    const found = endAt === undefined ? 'neither endAt nor durationSeconds' : 'both endAt and durationSeconds';
    throw usage(`found ${found}; allowed: one of them`);
  }
  const mostDays = MAX_SILENCE_MS / DAY_MS;
  if (endAt === undefined) {
    const isGood = typeof durationSeconds === 'number' && durationSeconds >= 1;
    if (isGood && durationSeconds * SECOND_MS <= MAX_SILENCE_MS) return beginAtMs + durationSeconds * SECOND_MS;
    const allowed = `a number of seconds from 1 to ${MAX_SILENCE_MS / SECOND_MS} (${mostDays} days)`;
    throw wrong('durationSeconds', durationSeconds, allowed);
  }
  const endAtMs = readInstant(fields, 'endAt');
  if (endAtMs > beginAtMs && endAtMs - beginAtMs <= MAX_SILENCE_MS) return endAtMs;
  throw wrong('endAt', endAt, `after ${new Date(beginAtMs).toISOString()}, by at most ${mostDays} days`);
}

/** An object with no other fields than these; nothing at all is an empty one. */
function readFields(body: unknown, names: readonly string[]): Fields {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const allowed = names.length === 0 ? '{}' : `an object with ${names.join(', ')}`;
    throw usage(`the body is ${quoteValue(body)}; allowed: ${allowed}`);
  }
  const unknown = Object.keys(body).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw usage(`unknown field ${quoteInput(unknown)}; allowed: ${names.join(', ') || 'none'}`);
  return body as Fields;
}

function readAuthor({ author }: Fields): string | null {
  if (author === undefined || author === null) return null;
  const isGood = typeof author === 'string' && author.trim() !== '' && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(author);
  if (isGood && countCharacters(author) <= MAX_AUTHOR_LENGTH) return author.trim();
  throw wrong('author', author, `a name of 1 to ${MAX_AUTHOR_LENGTH} printable characters`);
}

/** Text of several lines. Empty where there is none. */
function readComment(fields: Fields, name: string): string {
  const text = fields[name];
  if (text === undefined || text === null) return '';
  const isClean = typeof text === 'string' && !/[^\P{Cc}\n\t]|[\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(text);
  if (isClean && countCharacters(text) <= MAX_COMMENT_LENGTH) return text.trim();
  const allowed = `text of at most ${MAX_COMMENT_LENGTH} characters, without control characters but line breaks and tabs`;
  const length = typeof text === 'string' ? ` (${countCharacters(text)} characters)` : '';
  throw usage(`${name} is ${quoteValue(text)}${length}; allowed: ${allowed}`);
}

function readInstant(fields: Fields, name: string): number {
  const value = fields[name];
  const [, year, month, day] = (typeof value === 'string' ? INSTANT.exec(value) : null) ?? [];
  const ms = year === undefined ? NaN : Date.parse(value as string);
  // 30 February would be read as 2 March.
  const isDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  if (!Number.isNaN(ms) && isDay) return ms;
  throw wrong(name, value, 'an instant with its offset, such as 2026-01-31T18:00:00Z or 2026-01-31T19:00:00+01:00');
}

function countCharacters(text: string): number {
  return Array.from(text).length;
}

function wrong(name: string, found: unknown, allowed: string): PortcastError {
  return usage(`${name} is ${quoteValue(found)}; allowed: ${allowed}`);
}

function usage(message: string): PortcastError {
  return new PortcastError('USAGE', message);
}

function quoteValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return quoteInput(value);
  return cutInput(JSON.stringify(value));
}

/** The texts of the parser are for developers. */
function describeError(error: unknown): unknown {
  const { type, body } = error as { readonly type?: string; readonly body?: unknown };
  if (type === 'entity.too.large') {
    return Object.assign(new Error(`the body has more than ${MAX_BODY_BYTES} bytes, which is the most`), {
      status: 413,
    });
  }
  if (type !== 'entity.parse.failed') return error;
  return usage(
    `the body ${quoteInput(typeof body === 'string' ? body : '')} is no JSON: ${messageOf(error).split(',', 1)[0] ?? ''}`,
  );
}
