import type { MailRow } from './alert-rows.js';

/** The end of a link by which the reader of a message does something: see action-links.ts. */
const TOKEN = /\/act\/[\w-]{43}/g;

/** The message without the tokens of its links: once it is not sent any more, nobody but its reader may have them. */
export function hideLinks(mail: MailRow): MailRow {
  const hide = (text: string): string => text.replace(TOKEN, '/act/...');
  const { text, html, document } = mail;
  return { ...mail, text: hide(text), html: hide(html), ...(document == null ? {} : { document: hide(document) }) };
}
