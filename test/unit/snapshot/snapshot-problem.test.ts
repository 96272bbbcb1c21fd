import { describe, expect, it } from 'vitest';
import { describeSnapshotProblem } from '../../../daemon/snapshot/snapshot-problem.js';
import { fakeClock, fakeHost } from '../../fakes.js';

describe('describeSnapshotProblem', () => {
  it.each([
    [{ malformed: 0, interrupted: false }, null],
    [{ malformed: 2, interrupted: true }, '2 of 12 rows of the socket table could not be parsed and were left out'],
    [{ malformed: 0, interrupted: true }, 'the socket table changed while it was read: counts may be a few rows off'],
  ])('of %j', async (fields, text) => {
    const { snapshot } = await fakeHost(fakeClock()).readTable();
    expect(describeSnapshotProblem({ ...snapshot, rows: 10, ...fields })).toBe(text);
  });
});
