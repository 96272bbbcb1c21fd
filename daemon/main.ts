#!/usr/bin/env node
/** argv, signals, exit code; nothing else. */
import { findNodeProblem } from './cli/start-check.js';

/** A process whose command is done ends, whatever handle a library has left open. */
const LINGER_MS = 500;

const problem = findNodeProblem(process.versions.node);
if (problem === null) await main();
else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  // Not before the check: an old Node could not even load what follows.
  const { runCli } = await import('./cli/program.js');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second signal means now.
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
    });
  }
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await runCli(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    signal: stop.signal,
  });
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
