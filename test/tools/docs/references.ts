/** What a markdown document refers to: files and folders of the repository, and headings. Pure. */
import { posix } from 'node:path';

/** Tokens in back quotes that begin with one of these are paths of the repository. */
const PATH_TOKEN = /^(?:daemon|dashboard|docs|migrations|test|\.ci|\.githooks)(?:\/[\w.{},-]+)*\/?$/;
/** A path with a word in capitals, as in `docs/decisions/NNN-title.md`, is a pattern and not a file. */
const PLACEHOLDER = /(?:^|[/-])[A-Z]{2,}[-_./]/;
const CODE_BLOCK = /^```[^]*?^```$/gm;
const LINK = /\]\(([^)\s]+)\)/g;
const HEADING = /^#{1,6} +(.+?) *$/gm;

export interface Reference {
  /** A path from the root of the repository. */
  readonly path: string;
  /** The heading that a link leads to, in the form that stands after `#`; null for none. */
  readonly heading: string | null;
}

/**
 * Lists what a document refers to by links and by paths in back quotes. Code blocks and links to other sites are left out.
 * @param file the path of the document from the root; its links are relative to its folder.
 */
export function listReferences(file: string, text: string): Reference[] {
  const prose = text.replace(CODE_BLOCK, '');
  return [...listLinks(file, prose), ...listPaths(prose)];
}

function listLinks(file: string, prose: string): Reference[] {
  const targets = [...prose.matchAll(LINK)].map((match) => match[1] ?? '');
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', heading] = target.split('#', 2);
      const resolved = path === '' ? file : posix.join(posix.dirname(file), path);
      return { path: resolved, heading: heading ?? null };
    });
}

function listPaths(prose: string): Reference[] {
  const tokens = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
  return tokens
    .filter((token) => PATH_TOKEN.test(token) && !PLACEHOLDER.test(token))
    .flatMap(expandBraces)
    .map((path) => ({ path, heading: null }));
}

/** `a/{b,c}.ts` is two paths. */
function expandBraces(path: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/.exec(path);
  if (match === null) return [path];
  const [, before = '', choices = '', after = ''] = match;
  return choices.split(',').flatMap((choice) => expandBraces(before + choice + after));
}

/** The headings of a document in the form that links use: lower case, words joined by hyphens. */
export function listHeadings(text: string): string[] {
  return [...text.replace(CODE_BLOCK, '').matchAll(HEADING)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
