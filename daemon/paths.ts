/** The paths of portcast's own files. All are below the package root, whether the code runs from its sources or from dist/. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PACKAGE_ROOT = findPackageRoot(dirname(fileURLToPath(import.meta.url)));
export const MIGRATIONS_DIR = join(PACKAGE_ROOT, 'migrations');
/** The font of the pictures in mails, with its licence. */
export const FONTS_DIR = join(PACKAGE_ROOT, 'assets', 'fonts');
/** How to choose the local end point in several languages: one program each. */
export const SAMPLES_DIR = join(PACKAGE_ROOT, 'assets', 'samples');
/** The built dashboard: index.html and assets/. */
export const DASHBOARD_DIR = join(PACKAGE_ROOT, 'dist', 'dashboard');
/** Workers are loaded from compiled code, because Node.js 22.14 loads no TypeScript in a worker, not even under tsx. */
export const SOURCE_WORKER_FILE = join(PACKAGE_ROOT, 'dist', 'daemon', 'source', 'worker', 'worker.js');

/** The nearest folder at or above `start` that holds package.json. */
function findPackageRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) throw new Error(`no package.json above ${start}: the installation is incomplete`);
  }
}
