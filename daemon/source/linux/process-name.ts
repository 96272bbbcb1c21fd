/** The name of a process, as `ps` and `top` show it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The `comm` of a process or thread: at most 15 bytes. Null when it has ended. */
export function readProcessName(procRoot: string, id: number): string | null {
  try {
    return readFileSync(join(procRoot, String(id), 'comm'), 'utf8').replace(/\n$/, '');
  } catch {
    return null;
  }
}
