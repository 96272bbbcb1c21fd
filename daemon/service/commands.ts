/** Runs commands of the operating system, with an argument array instead of a shell and with a time limit. */
import { execFile } from 'node:child_process';
import { SECOND_MS } from '../units.js';

export interface CommandResult {
  /** Null when the command could not be started, or was ended by a signal or the time limit. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunCommand = (file: string, args: readonly string[]) => Promise<CommandResult>;

/** Longer than the TimeoutStartSec of the unit, for which `systemctl restart` waits. */
const TIME_LIMIT_MS = 90 * SECOND_MS;
const MAX_OUTPUT_BYTES = 2 ** 20;

/** Never rejects: the result contains the error. */
export const runCommand: RunCommand = (file, args) =>
  new Promise((done) => {
    const options = { timeout: TIME_LIMIT_MS, maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, LC_ALL: 'C' } };
    execFile(file, args, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      const why = exitCode === null && error !== null ? `${error.message}\n` : '';
      done({ exitCode, stdout, stderr: `${stderr}${why}` });
    });
  });
