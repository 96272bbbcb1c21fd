/** The programs that show how to choose the local end point. They lie in assets/samples, where tests run them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeSample } from '../advice/effect.js';
import { SAMPLES_DIR } from '../paths.js';

const FILES = [
  { language: 'csharp', file: 'LocalEndPoint.cs', title: 'C#: choose the local end point' },
  { language: 'javascript', file: 'local-end-point.mjs', title: 'Node.js: choose the local end point' },
  { language: 'go', file: 'local_end_point.go', title: 'Go: choose the local end point' },
  { language: 'java', file: 'LocalEndPoint.java', title: 'Java: choose the local end point' },
  { language: 'python', file: 'local_end_point.py', title: 'Python: choose the local end point' },
] as const;

let read: readonly CodeSample[] | null = null;

/** Read once. A sample that is missing in the installation is left out. */
export function readSamples(): readonly CodeSample[] {
  read ??= FILES.flatMap(({ language, file, title }) => {
    try {
      return [{ language, title, code: readFileSync(join(SAMPLES_DIR, file), 'utf8') }];
    } catch {
      return [];
    }
  });
  return read;
}
