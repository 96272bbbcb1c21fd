/** The parts of a document that a program writes. Each stands between two comments, which a reader of the page does not see. */

const BEGIN = /<!-- written by npm run diagram: (\S+) -->\n/g;
const END = '<!-- end -->';

/**
 * Fills every such part of a document.
 * @param write gives the new content for the name in the first comment.
 * @throws Error when a part has no end.
 */
export function fillSections(text: string, write: (name: string) => string): string {
  let filled = '';
  let position = 0;
  for (const match of text.matchAll(BEGIN)) {
    const start = match.index + match[0].length;
    const end = text.indexOf(END, start);
    const name = match[1] ?? '';
    if (end < 0) throw new Error(`the part "${name}" has no end comment`);
    filled += `${text.slice(position, start)}\n${write(name).trim()}\n\n`;
    position = end;
  }
  return filled + text.slice(position);
}
