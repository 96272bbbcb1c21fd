/** Text for Slack and Mattermost in which nothing of a host is a mention, a link, an image or code. It may be in italics. */

/** Stands between characters that would mean something together, and cannot be seen. */
const APART = '\u200b';

/**
 * Slack reads `<!channel>`, `<@user>` and `<url|text>`, so `<`, `>` and `&` are escaped as it asks. Mattermost reads `@all`
 * and `[text](url)` too, and both make links of URLs.
 */
export function escapeMrkdwn(text: string): string {
  return escapeEntities(text)
    .replaceAll('`', "'")
    .replaceAll('@', `@${APART}`)
    .replaceAll('](', `]${APART}(`)
    .replaceAll('://', `:${APART}//`);
}

/** Text in one pair of backticks: nothing in it is read but the entities, so a command can be copied. */
export function formatCode(text: string): string {
  return `\`${escapeEntities(text.replaceAll('`', "'"))}\``;
}

/** Null where the URL is no web address. */
export function formatLink(url: string, title: string): string | null {
  if (!/^https?:\/\/[^\s<>|"`]+$/.test(url)) return null;
  return `<${escapeEntities(url)}|${escapeMrkdwn(title).replaceAll('|', '/')}>`;
}

function escapeEntities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
