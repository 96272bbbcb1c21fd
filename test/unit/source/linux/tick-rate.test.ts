import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTickRate } from '../../../../daemon/source/linux/tick-rate.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcast-ticks-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the tick rate', () => {
  it('is CONFIG_HZ of /proc/config.gz', () => {
    const text = '# CONFIG_HZ_250 is not set\nCONFIG_HZ_1000=y\nCONFIG_HZ=1000\n';
    writeFileSync(join(root, 'config.gz'), gzipSync(text));
    expect(readTickRate(root)).toBe(1000);
  });

  it.each([
    ['there is no such file', null],
    ['it is not gzip', Buffer.from('CONFIG_HZ=250\n')],
    ['it has no CONFIG_HZ', gzipSync('CONFIG_HZ_250=y\n')],
  ])('is null when %s', (_name, bytes) => {
    if (bytes !== null) writeFileSync(join(root, 'config.gz'), bytes);
    expect(readTickRate(root)).toBeNull();
  });
});
