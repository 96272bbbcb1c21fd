const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes strings from the host safe to mail: its name, names of processes, and sentences that quote them. */

/**
 * One line of plain text. Line breaks and tabs become spaces. Other control characters, bidirectional and invisible
 * format characters, lone surrogates and unassigned code points become U+FFFD, so that tampering stays visible. Text of
 * more than `maxLength` characters is cut.
 */
export function cleanLine(text: string, maxLength: number): string {
  const line = text
    .replace(/[\t\n\v\f\r\u0085\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Co}]/gu, '\uFFFD')
    .trim();
  const characters = Array.from(line);
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join('')}…`;
}

/** Escapes text for element content and for quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
