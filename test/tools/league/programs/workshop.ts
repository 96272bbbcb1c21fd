/** The temporary folder of a run of the league of programs, with a mount of tracefs. It is removed on every exit. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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

const TRACEFS = 'tracefs';
const PREFIX = 'portcast-programs-';
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 200 };

/** Makes the folder, and removes those of leagues that were killed. @throws where tracefs cannot be mounted */
export function openWorkshop(): Workshop {
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // PostgreSQL and nginx run as other users.
  chmodSync(folder, 0o711);
  const tracefs = join(folder, TRACEFS);
  mkdirSync(tracefs);
  const programs = new Set<LabProcess>();
  let open = true;
  let lastPort = FIRST_SERVER_PORT;
  const close = (): void => {
    if (!open) return;
    open = false;
    for (const { child } of programs) if (child.exitCode === null) child.kill('SIGKILL');
    removeFolder(folder);
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

/** Does nothing where tracefs stays mounted, because removing the folder would reach into it. */
function removeFolder(folder: string): void {
  const tracefs = join(folder, TRACEFS);
  // Lazily: after a signal the programs that read it may not have ended yet.
  spawnSync('umount', ['--lazy', tracefs], { stdio: 'ignore' });
  if (!readFileSync('/proc/self/mounts', 'utf8').includes(` ${tracefs} `)) rmSync(folder, REMOVAL);
}

/** The name of a folder contains the pid of its owner. The programs that used it ended with their owner. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : NaN;
    if (Number.isInteger(owner) && !existsSync(`/proc/${owner}`)) removeFolder(join(tmpdir(), name));
  }
}
