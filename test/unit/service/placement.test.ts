import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainTamperable, explainUnreadable } from '../../../daemon/service/placement.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcast-placement-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('explainUnreadable', () => {
  it('accepts a file that other users may read', () => expect(explainUnreadable('/usr/bin/env')).toBeNull());

  it.each(['/root/.nvm/node', '/home/me/portcast/main.js', '/tmp/x', '/var/tmp/x', '/run/user/0/x'])(
    'refuses %s, which the unit hides',
    (path) => expect(explainUnreadable(path)).toMatch(/which the service does not see$/),
  );

  it('refuses a file that others may not read, and a folder above it that they may not search', () => {
    const base = realpathSync(root);
    const file = join(base, 'sub', 'main.js');
    mkdirSync(dirname(file));
    writeFileSync(file, '');
    chmodSync(base, 0o755);
    chmodSync(dirname(file), 0o755);
    chmodSync(file, 0o644);
    expect(explainUnreadable(file, [])).toBeNull();
    chmodSync(file, 0o640);
    expect(explainUnreadable(file, [])).toBe(`${file} is closed to other users`);
    chmodSync(file, 0o644);
    chmodSync(dirname(file), 0o750);
    expect(explainUnreadable(file, [])).toBe(`${dirname(file)} is closed to other users`);
  });

  it('refuses a path that does not exist', () => expect(explainUnreadable('/usr/bin/no-such-file')).toMatch(/ENOENT/));
});

describe('explainTamperable', () => {
  const owner = process.getuid?.() ?? 0;
  let program: string;
  let file: string;
  beforeEach(() => {
    program = join(realpathSync(root), 'opt', 'portcast');
    file = join(program, 'dist', 'main.js');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    for (const path of [root, dirname(program), program, dirname(file)]) chmodSync(path, 0o755);
    chmodSync(file, 0o644);
  });

  it('accepts a program that only its owner can change, below a folder like /tmp', () => {
    expect(explainTamperable(program, owner)).toBeNull();
    expect(explainTamperable(file, owner)).toBeNull();
    chmodSync(root, 0o1777);
    expect(explainTamperable(program, owner)).toBeNull();
  });

  it.each([
    ['the folder', () => program, 0o777],
    ['the folder, for its group', () => program, 0o775],
    ['the folder, with the sticky bit', () => program, 0o1777],
    ['a folder in it', () => dirname(file), 0o777],
    ['a file in it', () => file, 0o666],
    ['a file in it, for its group', () => file, 0o664],
    ['the folder above', () => dirname(program), 0o777],
    ['a folder further above', () => realpathSync(root), 0o775],
  ])('refuses a program of which others may write to %s', (_name, find, mode) => {
    const place = find();
    chmodSync(place, mode);
    expect(explainTamperable(program, owner)).toBe(`other users may write to ${place}: run chmod -R go-w ${place}`);
  });

  it('follows links: the folders with the link and with its target count', () => {
    const link = join(realpathSync(root), 'link');
    symlinkSync('opt/portcast', link);
    expect(explainTamperable(join(link, 'dist'), owner)).toBeNull();
    chmodSync(dirname(program), 0o777);
    expect(explainTamperable(join(link, 'dist'), owner)).toContain(`other users may write to ${dirname(program)}:`);
    chmodSync(dirname(program), 0o755);
    const outside = join(realpathSync(root), 'outside.js');
    writeFileSync(outside, '');
    symlinkSync(outside, join(program, 'in.js'));
    symlinkSync('/nonexistent', join(program, 'dangling'));
    expect(explainTamperable(program, owner)).toBeNull();
    chmodSync(outside, 0o666);
    expect(explainTamperable(program, owner)).toContain(`other users may write to ${outside}:`);
    symlinkSync('loop', join(program, 'loop'));
    expect(explainTamperable(join(program, 'loop'), owner)).toMatch(/too many symbolic links|ELOOP/);
  });

  it.runIf(owner === 0)('refuses files of another owner, whatever their modes', () => {
    chownSync(file, 65534, 65534);
    expect(explainTamperable(program)).toBe(
      `user 65534 owns ${file}, and may change it: run chown -R root:root ${file}`,
    );
    chownSync(file, 0, 0);
    chownSync(dirname(program), 65534, 65534);
    expect(explainTamperable(program)).toContain(`user 65534 owns ${dirname(program)}`);
    chmodSync(dirname(program), 0o1755);
    expect(explainTamperable(program)).toContain(`user 65534 owns ${dirname(program)}`);
  });

  it('accepts a program of the system', () => expect(explainTamperable('/usr/bin/env')).toBeNull());

  it('says why where it cannot look', () => expect(explainTamperable('/no/such', owner)).toMatch(/ENOENT/));
});
