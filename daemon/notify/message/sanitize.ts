/** Strings that come from the host (its name, process names, sentences that quote them) made safe to mail. */

/**
 * One line of plain text: line breaks and tabs become spaces; other control characters, bidirectional and invisible
 * format characters, lone surrogates and unassigned code points become U+FFFD, so that tampering stays visible.
 * Longer text is cut at `max` characters.
 */
export function cleanLine(text: string, max: number): string {
  const line = text
    .replace(/[\t\n\v\f\r\u0085\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Co}]/gu, '\uFFFD')
    .trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For element content and quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
