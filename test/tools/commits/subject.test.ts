import { describe, expect, it } from 'vitest';
import { findSubjectProblems } from './subject.js';

describe('the subject of a commit', () => {
  it.each([
    'store: seal a chunk at midnight',
    'dashboard/chart: draw the band of the forecast',
    'docs: name the file of each metric',
    'runtime: move to Node 22.14 and better-sqlite3 13.2',
    'scoreboard: feed the reference with the true rate',
    'api: pass the query to the history',
    'release: 0.2.0',
    'release: 1.0.0-rc.1',
    `store: ${'x'.repeat(65)}`,
  ])('accepts: %s', (subject) => expect(findSubjectProblems(subject)).toEqual([]));

  it.each<[string, RegExp]>([
    ['Record the league', /form "area: imperative"/],
    ['store:seal a chunk', /form "area: imperative"/],
    ['store : seal a chunk', /form "area: imperative"/],
    ['', /form "area: imperative"/],
    ['Store: seal a chunk', /the area "Store" is not one lower-case word/],
    ['daemon/store/series: seal a chunk', /the area "daemon\/store\/series"/],
    ['store: Seal a chunk', /"Seal" is not a lower-case verb/],
    ['store: 2 chunks are sealed', /"2" is not a lower-case verb/],
    ['store: sealed a chunk', /"sealed" is not an imperative/],
    ['store: sealing of chunks', /"sealing" is not an imperative/],
    ['store: seals a chunk', /"seals" is not an imperative/],
    ['store: the chunk is sealed', /"the" is not a verb/],
    ['store: seal a chunk.', /ends with a punctuation mark/],
    [`store: ${'x'.repeat(66)}`, /it has 73 characters; at most 72/],
  ])('refuses: %s', (subject, problem) => {
    const problems = findSubjectProblems(subject);
    expect(problems.join('\n')).toMatch(problem);
  });

  it('names every problem at once', () => {
    expect(findSubjectProblems('Store: Sealed the chunk.')).toHaveLength(3);
  });
});
