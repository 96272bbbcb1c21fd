/**
 * `npm run diagram`: writes the parts of the documents that are made from the code or from the golden files.
 * With --check it changes nothing and exits with 1 when a part is not current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { drawDiagram } from './diagram.js';
import { readImportGraph } from './import-graph.js';
import { fillSections } from './sections.js';

const DOCUMENTS = ['ARCHITECTURE.md', 'README.md', 'docs/replay.md'];
const IMPORTS = 'imports';

const check = process.argv.includes('--check');
process.chdir(PACKAGE_ROOT);
const diagram = drawDiagram(await readImportGraph());
for (const name of DOCUMENTS) {
  const file = join(PACKAGE_ROOT, name);
  const text = readFileSync(file, 'utf8');
  const current = fillSections(text, writeSection);
  if (current === text) continue;
  if (check) {
    console.error(`${name} is not current: run "npm run diagram"`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, current);
    console.log(`wrote ${name}`);
  }
}

/** The part is the diagram, or the text of the golden file of that path. */
function writeSection(name: string): string {
  if (name === IMPORTS) return diagram;
  return `\`\`\`\n${readFileSync(join(PACKAGE_ROOT, name), 'utf8').trimEnd()}\n\`\`\``;
}
