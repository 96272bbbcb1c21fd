import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { listHeadings, listReferences, type Reference } from './references.js';

const read = (path: string) => readFileSync(join(PACKAGE_ROOT, path), 'utf8');

/** Every markdown file of the root and of docs/. */
const DOCUMENTS = [
  ...readdirSync(PACKAGE_ROOT),
  ...readdirSync(join(PACKAGE_ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

/** @returns why a reference leads nowhere; null when it does not. */
function findFault({ path, heading }: Reference): string | null {
  if (!existsSync(join(PACKAGE_ROOT, path))) return `there is no ${path}`;
  if (heading === null || listHeadings(read(path)).includes(heading)) return null;
  return `${path} has no heading #${heading}`;
}

describe('the documents', () => {
  it.each(DOCUMENTS)('%s names only files, folders and headings that exist', (name) => {
    const faults = listReferences(name, read(name)).map(findFault);
    expect(faults.filter((fault) => fault !== null)).toEqual([]);
  });

  it('name the file of at least 25 behaviours', () => {
    const table = read('ARCHITECTURE.md').split('## Where do I find')[1] ?? '';
    const rows = table.split('\n').filter((line) => /^\| .*`(?:daemon|dashboard|test)\/[^`]+\.tsx?`/.test(line));
    expect(rows.length).toBeGreaterThanOrEqual(25);
  });
});

describe('the references of a document', () => {
  it('are its links, relative to its folder, and the paths in back quotes', () => {
    const text =
      'See [a](../README.md#start), [b](other.md), [c](#here), [d](https://example.org/x) and `daemon/{a,b}.ts`, ' +
      '`daemon/pool/`, `npm run check`, `docs/decisions/NNN-title.md`, `units.ts`.\n\n```\n[e](none.md) `daemon/none.ts`\n```\n';
    expect(listReferences('docs/page.md', text)).toEqual([
      { path: 'README.md', heading: 'start' },
      { path: 'docs/other.md', heading: null },
      { path: 'docs/page.md', heading: 'here' },
      { path: 'daemon/a.ts', heading: null },
      { path: 'daemon/b.ts', heading: null },
      { path: 'daemon/pool/', heading: null },
    ]);
  });

  it('find a heading by its words', () => {
    expect(listHeadings('# One\n\n## `check` and "more"\n\n```\n# not this\n```\n')).toEqual(['one', 'check-and-more']);
  });
});
