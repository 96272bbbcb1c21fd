/** The plain text part of a mail. */
import type { AdviceText } from './advice.js';
import { TUNNEL_HINT } from './links.js';
import type { MailContent } from './wording.js';

const WIDTH = 76;
const LABEL_WIDTH = 14;

export function renderText(content: MailContent): string {
  const { advice, links, tunnel, footer, footerCommand } = content;
  const paragraphs = [
    [...wrapText(content.title, 0), ...wrapText(content.lead, 0)],
    advice.length === 0 ? [] : ['What to do', '----------'],
    ...advice.map((item, index) => renderAdvice(item, `${index + 1}. `)),
    content.facts.flatMap(({ label, value }) => indentText(`${label}:`.padEnd(LABEL_WIDTH), value)),
    links.map(({ label, url }) => `${label}: ${url}`),
    tunnel === null ? [] : [TUNNEL_HINT, `  $ ${tunnel}`],
    // The signature mark: mail programs show what follows in grey and leave it out of replies.
    ['-- ', ...wrapText(footer, 0), ...(footerCommand === null ? [] : [`  $ ${footerCommand}`])],
  ];
  return `${paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Commands stand on lines of their own, whole, so that they can be copied. */
function renderAdvice({ title, effect, detail, commands }: AdviceText, head: string): string[] {
  const text = [effect, detail].filter((part) => part !== '').join(' ');
  const indent = ' '.repeat(head.length);
  return [
    ...indentText(head, `${title}.`),
    ...(text === '' ? [] : indentText(indent, text)),
    ...commands.map((command) => `${indent}  $ ${command}`),
  ];
}

/** The text after `head`, with its further lines indented by the width of `head`. */
function indentText(head: string, text: string): string[] {
  const indent = ' '.repeat(head.length);
  return wrapText(text, head.length).map((line, index) => `${index === 0 ? head : indent}${line}`);
}

/**
 * Breaks lines at spaces only, so that addresses and commands stay in one piece.
 * @param indent by which the caller indents each line.
 */
export function wrapText(text: string, indent: number): string[] {
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
