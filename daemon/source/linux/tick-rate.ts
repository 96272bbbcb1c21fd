/** The kernel's tick rate, where no system call tells it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** CONFIG_HZ from the kernel's own copy of its configuration, if it keeps one; null when it does not. */
export function readTickRate(procRoot: string): number | null {
  try {
    const text = gunzipSync(readFileSync(join(procRoot, 'config.gz'))).toString('latin1');
    const value = /^CONFIG_HZ=(\d+)$/m.exec(text)?.[1];
    return value === undefined ? null : Number(value);
  } catch {
    return null;
  }
}
