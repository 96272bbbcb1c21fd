import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainUnreadable } from '../../../daemon/service/placement.js';

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
