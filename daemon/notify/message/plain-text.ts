/** The plain text of a mail. */
import type { MailContent } from './wording.js';

const WIDTH = 76;
const LABEL_WIDTH = 13;

export function renderText(content: MailContent): string {
  const { first, others, dashboardUrl, dashboardHint } = content;
  const paragraphs = [
    [...wrap(content.title, 0), '='.repeat(Math.min(WIDTH, content.title.length))],
    wrap(content.lead, 0),
    first === null ? [] : ['Do this first', '-------------', ...wrap(first.title, 0), ...wrap(first.detail, 0)],
    content.facts.flatMap(({ label, value }) => hang(`${label}:`.padEnd(LABEL_WIDTH), value)),
    others.length === 0 ? [] : ['Also', '----', ...others.flatMap((a) => hang('* ', `${a.title}. ${a.detail}`))],
    dashboardUrl === null ? [] : [`Dashboard: ${dashboardUrl}`, ...wrap(dashboardHint, 0)],
    // The signature mark: mail programs show what follows in grey, and leave it out of replies.
    ['-- ', ...wrap(content.footer, 0)],
  ];
  return `${paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function hang(head: string, text: string): string[] {
  const indent = ' '.repeat(head.length);
  return wrap(text, head.length).map((line, index) => `${index === 0 ? head : indent}${line}`);
}

/** Breaks at spaces only: an address or a command must stay in one piece. */
function wrap(text: string, indent: number): string[] {
  if (text === '') return [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
