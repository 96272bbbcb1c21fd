import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../daemon/service/commands.js';

describe('runCommand', () => {
  it('returns output and exit code', async () => {
    expect(await runCommand('sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('passes its arguments without a shell', async () => {
    expect((await runCommand('echo', ['$HOME; id'])).stdout).toBe('$HOME; id\n');
  });

  it('returns a command that does not exist as a result without an exit code', async () => {
    expect(await runCommand('portcast-no-such-command', [])).toMatchObject({
      exitCode: null,
      // EACCES where a folder of $PATH may not be searched.
      stderr: expect.stringMatching(/ENOENT|EACCES/) as string,
    });
  });
});
