#!/usr/bin/env node
/** The entry point of the command line: arguments, signals and the exit code. */
import { findNodeProblem } from './cli/start-check.js';

/** How long the process may go on after its command is done, when a library has left a handle open. */
const LINGER_MS = 500;

const problem = findNodeProblem(process.versions.node);
if (problem === null) await main();
else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  // This import must come after the check, because an older Node.js cannot load these files.
  const { runCli } = await import('./cli/program.js');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second signal ends the process at once.
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
    });
  }
  // A reader that closes the pipe early (`| head`) is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await runCli(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    isTerminal: { out: process.stdout.isTTY, err: process.stderr.isTTY },
    signal: stop.signal,
  });
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
