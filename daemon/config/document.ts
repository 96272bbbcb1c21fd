/** Parses YAML text to plain data and keeps the line of every key. Independent of the schema. */
import { isSecretKey, mayBeSecret } from '../secrets.js';
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';

/** Texts for errors of the YAML parser, by its error code. */
const SYNTAX_FOUND: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab as indentation',
  MULTIPLE_DOCS: 'a second document (---)',
  BAD_DIRECTIVE: 'a directive (a line that begins with %)',
  BAD_DQ_ESCAPE: 'an unknown escape sequence in double quotes',
};
const SYNTAX_ALLOWED: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'spaces',
  MULTIPLE_DOCS: 'one document',
  TAG_RESOLVE_FAILED: 'values without tags',
  NON_STRING_KEY: 'plain keys',
  BAD_DIRECTIVE: 'keys and values',
};
/** Tags of YAML's own are no secrets. */
const KNOWN_TAG = /^tag:yaml\.org,2002:[a-z/]{1,20}$/;
/** All of mail, and every key that says so. */
const SECRETIVE_KEY = /^mail$|user|pass|key/i;
/** One error of a configuration. `line` counts from 1; it is null when the file does not contain the key. */
export interface Problem {
  readonly line: number | null;
  /** The dotted key; null when an error, such as a syntax error, belongs to no key. */
  readonly key: string | null;
  readonly found: string;
  readonly allowed: string;
}

export type Path = readonly (string | number)[];

export interface ConfigDocument {
  /** The root mapping; empty for an empty file. */
  readonly data: Record<string, unknown>;
  /** The line of a key, or of its nearest parent in the file; null when the file has none of them. */
  lineOf(path: Path): number | null;
}

/** @returns the document, or all its syntax errors. */
export function readDocument(text: string): { document: ConfigDocument } | { problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const checks = [syntaxProblems, duplicateProblems, aliasProblems];
  const problems = checks.flatMap((check) => check(document, lineAt));
  if (problems.length > 0) return { problems };
  const { contents } = document;
  if (contents !== null && !isMap(contents) && !(isScalar(contents) && contents.value === null)) {
    const found = isSeq(contents) ? 'a list' : 'a single value';
    return { problems: [{ line: 1, key: null, found, allowed: 'a mapping of keys to values at the top of the file' }] };
  }
  const data = (document.toJS({ maxAliasCount: 0 }) ?? {}) as Record<string, unknown>;
  return {
    document: {
      data,
      lineOf: (path) => {
        const offset = findOffset(contents, path);
        return offset === null ? null : lineAt(offset);
      },
    },
  };
}

function syntaxProblems(document: Document, lineAt: (offset: number) => number): Problem[] {
  return [...document.errors, ...document.warnings].map((error) => ({
    line: lineAt(error.pos[0]),
    key: null,
    found: SYNTAX_FOUND[error.code] ?? describeSyntax(error),
    allowed: SYNTAX_ALLOWED[error.code] ?? 'valid YAML',
  }));
}

/** The parser's own check compares every key with every other one, which takes minutes for a megabyte of keys. */
function duplicateProblems(document: Document, lineAt: (offset: number) => number): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map(_key, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          const name = String(key.value);
          const line = lineAt(key.range?.[0] ?? 0);
          const shown = mayBeSecret(name) ? null : name;
          problems.push({ line, key: shown, found: 'the same key twice', allowed: 'each key once' });
        }
        seen.add(key.value);
      }
    },
  });
  return problems;
}

/**
 * The parser's own text without the part that quotes the file. A password that begins with `!`, `@` or `"` is a syntax
 * error, and a text that quotes it must not be printed.
 */
function describeSyntax({ code, message }: YAMLError): string {
  if (code !== 'TAG_RESOLVE_FAILED') return lowerFirst(message.split(': ', 1)[0] ?? '');
  const tag = /^Unresolved tag: (.*)$/s.exec(message)?.[1] ?? '';
  return KNOWN_TAG.test(tag) ? `unresolved tag: ${tag}` : 'a tag (a value that begins with !)';
}

/**
 * Aliases are refused: a few nested ones expand to gigabytes, and no setting needs one. A password that begins with `*`
 * looks like one.
 */
function aliasProblems(document: Document, lineAt: (offset: number) => number): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias(_key, { source, range }, path) {
      const hide = path.some(isSecretive) || mayBeSecret(source);
      const found = hide ? 'an alias (a value that begins with *)' : `the alias *${source}`;
      problems.push({ line: lineAt(range?.[0] ?? 0), key: null, found, allowed: 'values without aliases' });
    },
  });
  return problems;
}

/** Whether this node of the path to a value is a key under which secrets are written. */
function isSecretive(node: unknown): boolean {
  if (!isPair(node) || !isScalar(node.key)) return false;
  const key = String(node.key.value);
  return SECRETIVE_KEY.test(key) || isSecretKey(key);
}

/** The offset of the deepest node of the path that exists: of the key in a mapping, of the item in a list. */
function findOffset(root: Node | null, path: Path): number | null {
  let node: unknown = root;
  let offset: number | null = null;
  for (const part of path) {
    const next = findChild(node, part);
    if (next === null) return offset;
    offset = next.offset;
    node = next.node;
  }
  return offset;
}

function findChild(node: unknown, part: string | number): { node: unknown; offset: number } | null {
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return (isScalar(item) || isMap(item) || isSeq(item) || isAlias(item)) && item.range
      ? { node: item, offset: item.range[0] }
      : null;
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
  return pair !== undefined && isScalar(pair.key) && pair.key.range
    ? { node: pair.value, offset: pair.key.range[0] }
    : null;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
