/** Makes text from outside the program safe to print on a terminal. Pure. */
import { mapStrings } from '../secrets.js';

/**
 * Control characters, invisible format characters, line separators and lone surrogates: a terminal obeys some of them,
 * and others make a text look like another one.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line in which every unsafe character is replaced by its visible escape: `\u001b`. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** A copy of plain JSON data in which `escapeControls` was applied to every string; keys stay as they are. */
export function escapeStrings<T>(value: T): T {
  return mapStrings(value, escapeControls) as T;
}

/**
 * Text of several lines in which every other unsafe character is escaped. In JSON text a parser reads the same value from
 * both forms: `JSON.stringify` itself escapes only what is below U+0020.
 */
export function escapeLines(text: string): string {
  return text.replace(UNSAFE, (character) => (character === '\n' ? character : escapeCharacter(character)));
}

function escapeCharacter(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
