/**
 * `npm run kill`: kills a process that raises, acknowledges, silences, resolves and mails alerts at 400 random moments, and prints what was lost or
 * told twice. It takes about ten minutes.
 *
 *   npm run kill -- [--rounds 400]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { killRounds } from './rounds.js';

/** Ids of each kind that are printed; of the others the number. */
const MAX_SHOWN = 20;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '400' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is a whole number from 1: ${values.rounds}`);

const folder = mkdtempSync(join(tmpdir(), 'portcast-kill-'));
try {
  const report = await killRounds(join(folder, 'x.db'), rounds);
  console.log(inspect(report, { maxArrayLength: MAX_SHOWN, colors: false }));
  const { damaged, lost, unsent, toldTwice } = report;
  if (damaged + lost.length + unsent.length + toldTwice.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
