/** Parses YAML text to plain data and keeps the line of every key. Independent of the schema. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';

/** Texts for errors of the YAML parser, by its error code. */
const SYNTAX_FOUND: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the same key twice',
  TAB_AS_INDENT: 'a tab as indentation',
  MULTIPLE_DOCS: 'a second document (---)',
};
const SYNTAX_ALLOWED: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'each key once',
  TAB_AS_INDENT: 'spaces',
  MULTIPLE_DOCS: 'one document',
  TAG_RESOLVE_FAILED: 'values without tags',
  NON_STRING_KEY: 'plain keys',
};
/** How much of the text after an error is searched for its key. */
const KEY_SEARCH_LENGTH = 80;

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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const problems = [...syntaxProblems(document, text, lineAt), ...aliasProblems(document, lineAt)];
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

function syntaxProblems(document: Document, text: string, lineAt: (offset: number) => number): Problem[] {
  return [...document.errors, ...document.warnings].map((error) => ({
    line: lineAt(error.pos[0]),
    key:
      error.code === 'DUPLICATE_KEY'
        ? (/^\w+/.exec(text.slice(error.pos[0], error.pos[0] + KEY_SEARCH_LENGTH))?.[0] ?? null)
        : null,
    found: SYNTAX_FOUND[error.code] ?? lowerFirst(error.message),
    allowed: SYNTAX_ALLOWED[error.code] ?? 'valid YAML',
  }));
}

/** Aliases are refused: a few nested ones expand to gigabytes, and no setting needs one. */
function aliasProblems(document: Document, lineAt: (offset: number) => number): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias(_key, alias) {
      const line = lineAt(alias.range?.[0] ?? 0);
      problems.push({ line, key: null, found: `the alias *${alias.source}`, allowed: 'values without aliases' });
    },
  });
  return problems;
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
