import { describe, expect, it } from 'vitest';
import { fillSections } from './sections.js';

describe('the written parts of a document', () => {
  it('are filled by their names, and the rest stays as it is', () => {
    const text =
      'Before.\n\n<!-- written by npm run diagram: a -->\n\nold\n\n<!-- end -->\n\nBetween.\n\n' +
      '<!-- written by npm run diagram: test/b.txt -->\n<!-- end -->\nAfter.\n';
    const filled = fillSections(text, (name) => `new ${name}\n`);
    expect(filled).toBe(
      'Before.\n\n<!-- written by npm run diagram: a -->\n\nnew a\n\n<!-- end -->\n\nBetween.\n\n' +
        '<!-- written by npm run diagram: test/b.txt -->\n\nnew test/b.txt\n\n<!-- end -->\nAfter.\n',
    );
    expect(fillSections(filled, (name) => `new ${name}`)).toBe(filled);
  });

  it('must have an end', () => {
    expect(() => fillSections('<!-- written by npm run diagram: a -->\nold\n', () => '')).toThrow(
      /the part "a" has no end comment/,
    );
  });
});
