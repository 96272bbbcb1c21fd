/** The samples of the advice that need no compiler; test/lab/advice.test.ts runs the others. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSamples } from '../../../daemon/app/samples.js';
import { SAMPLES_DIR } from '../../../daemon/paths.js';
import { runSample } from '../../builders/sample-run.js';

describe('the samples that choose the local end point', () => {
  it('are five, and short enough to be read', () => {
    const samples = readSamples();
    expect(samples.map(({ language }) => language)).toEqual(['csharp', 'javascript', 'go', 'java', 'python']);
    for (const { code } of samples) expect(code.split('\n').length).toBeLessThan(60);
  });

  it('the one of Node.js connects from the chosen address and port', async () => {
    await runSample([process.execPath, join(SAMPLES_DIR, 'local-end-point.mjs')]);
  });

  it('the one of Python connects from the chosen address and port', async () => {
    await runSample(['python3', join(SAMPLES_DIR, 'local_end_point.py')]);
  });
});
