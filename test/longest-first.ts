/** Orders the test files so that the longest start first: a long file that starts last leaves the other cores idle. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Vitest orders by the durations of the last run, which a fresh clone does not have. Longest first, of 5 s and more. */
const LONGEST = [
  'test/browser/dashboard-canned.test.ts',
  'test/unit/forecast/measured-traffic.test.ts',
  'test/unit/forecast/history/outlook.test.ts',
  'test/unit/cli/process.test.ts',
  'test/unit/score/evidence.test.ts',
  'test/tools/simulator/rows.test.ts',
  'test/unit/store/series/history.test.ts',
  'test/unit/app.test.ts',
  'test/unit/replay/stored-replay.test.ts',
  'test/tools/release/release.test.ts',
  'test/unit/notify/message/render.test.ts',
  'test/tools/dev/dev.test.ts',
  'test/unit/store/upkeep/space.test.ts',
];

/** The place of a file in the list, or the end of the list for every other file. */
function rankOf({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`));
  return index === -1 ? LONGEST.length : index;
}

/** Vitest's own order, except that the listed files come first within their project. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project.name))];
    return projects.flatMap((name) =>
      sorted.filter(({ project }) => project.name === name).sort((a, b) => rankOf(a) - rankOf(b)),
    );
  }
}
