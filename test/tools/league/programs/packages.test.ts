/** The installation of the programs, as far as it can be tested without changing this machine. */
import { expect, it, vi } from 'vitest';
import { installPrograms } from './packages.js';

it('refuses to install anything without root, and says why root is needed', ({ onTestFinished }) => {
  const uid = vi.spyOn(process, 'getuid').mockReturnValue(1000);
  onTestFinished(() => uid.mockRestore());
  const lines: string[] = [];
  expect(() => installPrograms(['nginx'], (line) => lines.push(line))).toThrow(
    /makes network namespaces and installs Debian packages: run it as root/,
  );
  expect(lines).toEqual([]);
});
