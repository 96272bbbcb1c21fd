/** The temporary folder of a run of the league of programs, with a mount of tracefs. It is removed on every exit. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabProcess } from '../../../lab/namespaces.js';

export interface Workshop {
  readonly folder: string;
  /** Where tracefs is mounted. */
  readonly tracefs: string;
  /** The programs of all rows, which are killed before the folder is removed. */
  readonly programs: Set<LabProcess>;
  /** A port for the server of a row, which no other row has. */
  nextPort(): number;
  close(): void;
}

/** Above the ports of other labs, which may run on the same machine, and apart from those of another league. */
const FIRST_SERVER_PORT = 30_000 + (process.pid % 100) * 200;

const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 200 };

/** @throws where tracefs cannot be mounted */
export function openWorkshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-programs-'));
  // PostgreSQL and nginx run as other users.
  chmodSync(folder, 0o711);
  const tracefs = join(folder, 'tracefs');
  mkdirSync(tracefs);
  const programs = new Set<LabProcess>();
  let open = true;
  let lastPort = FIRST_SERVER_PORT;
  const close = (): void => {
    if (!open) return;
    open = false;
    for (const { child } of programs) if (child.exitCode === null) child.kill('SIGKILL');
    // Lazily: after a signal the programs that read it may not have ended yet. A folder under a mount is not removed.
    if (spawnSync('umount', ['--lazy', tracefs]).status === 0) rmSync(folder, REMOVAL);
  };
  try {
    execFileSync('mount', ['-t', 'tracefs', 'nodev', tracefs], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    rmSync(folder, REMOVAL);
    throw new Error('tracefs cannot be mounted, and without it a failed connect cannot be seen', { cause: error });
  }
  process.once('exit', close);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      close();
      process.kill(process.pid, signal);
    });
  }
  return { folder, tracefs, programs, nextPort: () => ++lastPort, close };
}
