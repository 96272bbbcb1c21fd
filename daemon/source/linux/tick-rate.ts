/** The tick rate of the kernel, for processes that cannot make the system call which returns it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** CONFIG_HZ from /proc/config.gz; null on kernels that are built without it (CONFIG_IKCONFIG_PROC). */
export function readTickRate(procRoot: string): number | null {
  try {
    const text = gunzipSync(readFileSync(join(procRoot, 'config.gz'))).toString('latin1');
    const value = /^CONFIG_HZ=(\d+)$/m.exec(text)?.[1];
    return value === undefined ? null : Number(value);
  } catch {
    return null;
  }
}
