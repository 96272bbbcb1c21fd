import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.js';

export default defineConfig({
  test: {
    // Vitest leaves one core free by default, which on two cores means that no two files run at the same time.
    maxWorkers: Math.max(2, availableParallelism()),
    sequence: { sequencer: LongestFirst },
    // A golden or a snapshot that is missing fails the test. `npm run golden` passes --update, which overrides this.
    update: 'none',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/tools/**/*.test.ts'],
          // The files of a worker share its modules, which saves a third of the CPU time. So a test undoes what it changes
          // in the process, and builders register their cleanup for each test (onTestFinished), not when they are imported.
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'browser',
          globalSetup: ['test/browser/setup.ts'],
          include: ['test/browser/**/*.test.ts'],
          // A page is waited for as long as a busy machine needs; the default is 1 s.
          expect: { poll: { timeout: 15_000 } },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: true,
        },
      },
      {
        test: {
          // Here the daemon must react within a second or two, or counts the failed connects of processes that it cannot tell
          // apart from those of a container. So the other tests of the lab have ended before.
          name: 'lab-alone',
          include: ['test/lab/alone/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
          fileParallelism: false,
        },
      },
    ],
  },
});
