import { describe, expect, it } from 'vitest';
import { loadCLibrary } from '../../daemon/koffi.js';

describe.runIf(process.platform === 'linux')('the C library', () => {
  it('runs a function by its prototype and names the errno of a call that fails', () => {
    const libc = loadCLibrary({ getppid: 'int getppid()', close: 'int close(int fd)' });
    if ('problem' in libc) throw new Error(libc.problem);
    expect(libc.calls.getppid()).toBe(process.ppid);
    expect(libc.calls.close(-1)).toBe(-1);
    expect(libc.readErrno()).toBe('EBADF');
  });

  it('that lacks a function is a problem in one line, not an exception', () => {
    const libc = loadCLibrary({ missing: 'int portcast_no_such_function()' });
    expect(libc).toEqual({
      problem: expect.stringMatching(/^koffi cannot call the C library .*no_such_function.*\)$/) as string,
    });
  });
});
