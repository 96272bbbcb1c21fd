/** The changelog as text: newest version first, and what is not released yet under its own heading on top. */

const UNRELEASED = '## Unreleased';
const HEADING = /^## /m;

/**
 * Gives the entries under "Unreleased" the heading of a version.
 * @param date the day of the release, `2026-01-31`.
 * @returns the new text, in which "Unreleased" is empty, and the section of the version.
 * @throws Error when the text has no such heading, or nothing stands under it.
 */
export function releaseChangelog(text: string, version: string, date: string): { text: string; section: string } {
  const start = text.indexOf(`${UNRELEASED}\n`);
  if (start < 0) throw new Error(`CHANGELOG.md has no heading "${UNRELEASED}"`);
  const afterHeading = start + UNRELEASED.length + 1;
  const rest = text.slice(afterHeading);
  const end = HEADING.exec(rest)?.index ?? rest.length;
  const entries = rest.slice(0, end).trim();
  if (entries === '') throw new Error(`nothing stands under "${UNRELEASED}" in CHANGELOG.md`);
  const section = `## ${version} - ${date}\n\n${entries}\n`;
  const older = rest.slice(end);
  const parts = [text.slice(0, afterHeading), section, ...(older === '' ? [] : [older])];
  return { text: parts.join('\n'), section };
}
