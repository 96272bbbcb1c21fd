/** The page of the league has two authors: the paced rows write its body, the programs its last section. Pure. */

const HEADING = '## Real programs';

/** The page with its last section replaced, or with the section added where it has none. */
export function withProgramsSection(page: string, section: string): string {
  return `${withoutSection(page).trimEnd()}\n\n${HEADING}\n\n${section.trim()}\n`;
}

/** A new body, with the section that the old page has. */
export function keepProgramsSection(newBody: string, oldPage: string): string {
  const start = sectionStart(oldPage);
  return start < 0 ? newBody : `${newBody.trimEnd()}\n\n${oldPage.slice(start).trim()}\n`;
}

function withoutSection(page: string): string {
  const start = sectionStart(page);
  return start < 0 ? page : page.slice(0, start);
}

function sectionStart(page: string): number {
  return page.startsWith(`${HEADING}\n`) ? 0 : page.indexOf(`\n${HEADING}\n`);
}
