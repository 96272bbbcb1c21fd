import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTempFolder } from '../../builders/stores.js';
import { killRounds } from './rounds.js';

const ROUNDS = 5;

it(
  'loses no alert, incident, acknowledgement, silence and mail through kill -9, and tells none twice',
  { timeout: 90_000 },
  async () => {
    const report = await killRounds(join(createTempFolder(), 'x.db'), ROUNDS);
    expect(report.messages).toBeGreaterThan(ROUNDS);
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(report.silences).toBeGreaterThan(0);
    expect(report).toMatchObject({ rounds: ROUNDS, damaged: 0, lost: [], unsent: [], toldTwice: [] });
  },
);
