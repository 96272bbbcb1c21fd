/** Checks a configuration file against the schema and lists all its errors at once. */
import type { z } from 'zod';
import type { CheckParams } from './checks.js';
import { readDocument, type ConfigDocument, type Path, type Problem } from './document.js';
import { keyDocs } from './key-definition.js';
import { HIDDEN, isSecretKey, MASK, mayBeSecret } from '../secrets.js';
import { configSchema, type RawConfig } from './schema.js';
import { findNullableSection, findPlainSection, findSection } from './sections.js';
import { listKeys, findNearestKey } from './suggest.js';

const MAX_QUOTED_LENGTH = 80;
/** The unknown keys of one mapping that are described. A megabyte of them would take minutes. */
const MAX_UNKNOWN_KEYS = 50;

type ParseResult =
  | { readonly ok: true; readonly raw: RawConfig; readonly document: ConfigDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** @param text the YAML of a configuration file. The empty text gives the defaults. */
export function parseConfig(text: string): ParseResult {
  const read = readDocument(text);
  if ('problems' in read) return { ok: false, problems: read.problems };
  const { document } = read;
  const data = fillSections(configSchema, document.data) as Record<string, unknown>;
  const first = configSchema.safeParse(data);
  if (first.success) return { ok: true, raw: first.data, document };

  // A check of several keys runs only on a section without other errors: remove the bad values and check again.
  const cleaned = structuredClone(data);
  for (const path of first.error.issues.flatMap(listBadPaths)) removeAt(cleaned, path);
  const bad = new Set(first.error.issues.flatMap(listBadPaths).map((path) => path.join('.')));
  const second = configSchema.safeParse(fillSections(configSchema, cleaned));
  const more = (second.error?.issues ?? []).filter((issue) => !followsFrom(issue, bad));
  const problems = [...first.error.issues, ...more].flatMap((issue) => describeIssue(issue, data, document));
  return { ok: false, problems: sortByLine(problems) };
}

/**
 * A section that is absent or empty (null) in the file becomes an empty mapping, so that its keys have their defaults.
 */
function fillSections(schema: z.core.$ZodType, value: unknown): unknown {
  const section = findPlainSection(schema);
  if (section === null) {
    const inner = findNullableSection(schema);
    return inner !== null && isMapping(value) ? fillSections(inner, value) : value;
  }
  if (value !== null && value !== undefined && !isMapping(value)) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, child] of Object.entries(section.shape)) {
    const inner = fillSections(child, filled[name]);
    if (inner !== undefined) filled[name] = inner;
  }
  return filled;
}

type Issue = z.core.$ZodIssue;

function pathOf(issue: Issue): Path {
  return issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
}

/** The paths to remove before the second check: of the value, or of the unknown keys of a mapping. */
function listBadPaths(issue: Issue): Path[] {
  const path = pathOf(issue);
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
}

/** Whether a check of several keys fails only because one of them has an error of its own. */
function followsFrom(issue: Issue, bad: ReadonlySet<string>): boolean {
  const path = pathOf(issue);
  const params = issue.code === 'custom' ? (issue.params as Partial<CheckParams> | undefined) : undefined;
  const siblings = (params?.involves ?? []).map((name) => [...path.slice(0, -1), name]);
  return [path, ...siblings].some((candidate) => bad.has(candidate.join('.')));
}

function describeIssue(issue: Issue, data: unknown, document: ConfigDocument): Problem[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_UNKNOWN_KEYS).map((key) => describeUnknownKey([...path, key], document));
  }
  const hide = issue.code === 'custom' && issue.params?.['hide'] === true;
  const allowed = issue.code === 'custom' ? issue.message : 'a mapping of keys to values';
  const found = hide ? HIDDEN : describeValue(path, data);
  return [{ line: document.lineOf(path), key: showPath(path), found, allowed }];
}

function describeUnknownKey(path: Path, document: ConfigDocument): Problem {
  const key = showPath(path);
  const line = document.lineOf(path);
  // A secret belongs into a file of its own.
  if (isSecretKey(String(path.at(-1)))) {
    const allowed = 'passwordFile (the path of a file) or passwordEnv (the name of an environment variable)';
    return { line, key, found: 'a secret in the configuration file', allowed };
  }
  const keys = listKeys(configSchema);
  const guess = findNearestKey(key, keys);
  const parent = path.slice(0, -1).join('.');
  const siblings = keys.filter((sibling) => sibling.split('.').slice(0, -1).join('.') === parent);
  const list = siblings.map((sibling) => sibling.split('.').at(-1)).join(', ');
  return { line, key, found: 'an unknown key', allowed: list + (guess === null ? '' : `; did you mean ${guess}?`) };
}

/** The value as it is in the file, or the default when the file has none. */
function describeValue(path: Path, data: unknown): string {
  const value = path.reduce<unknown>((node, part) => (isMapping(node) ? node[part] : undefined), data);
  if (value === undefined) {
    const fallback = findDefault(path);
    return fallback === undefined ? 'nothing' : `${quote(fallback)} (the default)`;
  }
  if (value === null) return 'nothing';
  return mayBeSecret(value) ? HIDDEN : quote(value);
}

/** The dotted key, in which a part that may be a secret is masked: `{ user, s3cret }` makes keys of both. */
function showPath(path: Path): string {
  return path.map((part) => (mayBeSecret(part) ? MASK : part)).join('.');
}

function findDefault(path: Path): unknown {
  let schema: z.core.$ZodType = configSchema;
  for (const part of path) {
    const child: z.core.$ZodType | undefined = findSection(schema)?.shape[part];
    if (child === undefined) return undefined;
    schema = child;
  }
  return keyDocs.get(schema as z.ZodType)?.default ?? undefined;
}

function quote(value: unknown): string {
  // Control characters become \u escapes, so that a file cannot control the terminal that shows the error.
  const text = JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escapeCharacter);
  return text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH - 3)}...` : text;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function removeAt(data: Record<string, unknown>, path: Path): void {
  const parent = path.slice(0, -1).reduce<unknown>((node, part) => (isMapping(node) ? node[part] : undefined), data);
  const last = path.at(-1);
  if (isMapping(parent) && last !== undefined) Reflect.deleteProperty(parent, last);
}

function sortByLine(problems: Problem[]): Problem[] {
  return problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
