/** Runs one command of the operating system: an argument array, never a shell, and never for longer than its time. */
import { execFile } from 'node:child_process';

export interface CommandResult {
  /** Null when it could not be started or was ended by a signal or the time limit. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunCommand = (file: string, args: readonly string[]) => Promise<CommandResult>;

const TIME_LIMIT_MS = 90_000;

/** Never throws: what went wrong is in the result. */
export const runCommand: RunCommand = (file, args) =>
  new Promise((done) => {
    const options = { timeout: TIME_LIMIT_MS, maxBuffer: 2 ** 20, env: { ...process.env, LC_ALL: 'C' } };
    execFile(file, args, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      const why = exitCode === null && error !== null ? `${error.message}\n` : '';
      done({ exitCode, stdout, stderr: `${stderr}${why}` });
    });
  });
