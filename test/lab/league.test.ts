/**
 * The rows of the league that fit into a few minutes, side by side, each with a daemon in namespaces of its own.
 * `npm run league` runs all of them.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { ticksPerSecond, startLeague } from '../tools/league/league.js';
import { ROWS } from '../tools/league/rows.js';
import type { Result } from '../tools/league/judge.js';
import { renderPrecision, renderTable } from '../tools/league/table.js';

/** With this many rows on two cores the clients are late by no more than a few milliseconds. */
const PARALLEL = 12;
const TIMEOUT_MS = 600_000;

const rows = ROWS.filter(({ inTests }) => inTests);
const results = startLeague(rows, { parallel: PARALLEL, hz: ticksPerSecond() });

describe.concurrent('truth and forecast side by side', () => {
  const seen: Result[] = [];
  afterAll(() => console.log(`${renderTable(seen)}\n\n${renderPrecision(seen)}`));

  it.for(rows.map((row) => [row.title, row] as const))('%s', { timeout: TIMEOUT_MS }, async ([, { id }]) => {
    const result = await results.get(id);
    if (result === undefined) throw new Error(`the row "${id}" was not run`);
    seen.push(result);
    expect(result.faults).toEqual([]);
    // At three quarters of the sustainable rate there must be no alert at all.
    if (id === 'under') expect(result.otherRules).toEqual([]);
  });
});
