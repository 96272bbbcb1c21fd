/** Unpacks the browser once. The test files run in parallel and would each unpack it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export function setup(): void {
  execFileSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'unpack.ts')], { timeout: 100_000 });
}
