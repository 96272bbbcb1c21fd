/** The plain text part of a mail. */
import type { MailContent } from './wording.js';

const WIDTH = 76;
const LABEL_WIDTH = 13;

export function renderText(content: MailContent): string {
  const { firstAdvice, otherAdvice, dashboardUrl, dashboardHint } = content;
  const paragraphs = [
    [...wrapText(content.title, 0), '='.repeat(Math.min(WIDTH, content.title.length))],
    wrapText(content.lead, 0),
    firstAdvice === null
      ? []
      : ['Do this first', '-------------', ...wrapText(firstAdvice.title, 0), ...wrapText(firstAdvice.detail, 0)],
    content.facts.flatMap(({ label, value }) => indentText(`${label}:`.padEnd(LABEL_WIDTH), value)),
    otherAdvice.length === 0
      ? []
      : ['Also', '----', ...otherAdvice.flatMap(({ title, detail }) => indentText('* ', `${title}. ${detail}`))],
    dashboardUrl === null ? [] : [`Dashboard: ${dashboardUrl}`, ...wrapText(dashboardHint, 0)],
    // The signature mark: mail programs show what follows in grey and leave it out of replies.
    ['-- ', ...wrapText(content.footer, 0)],
  ];
  return `${paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The text after `head`, with its further lines indented by the width of `head`. */
function indentText(head: string, text: string): string[] {
  const indent = ' '.repeat(head.length);
  return wrapText(text, head.length).map((line, index) => `${index === 0 ? head : indent}${line}`);
}

/** Breaks lines at spaces only, so that addresses and commands stay in one piece. */
function wrapText(text: string, indent: number): string[] {
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
