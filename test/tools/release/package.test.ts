/** The package that `npm pack` makes of the build: what it holds, and that it runs from another folder. */
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';

const run = promisify(execFile);
const BIN = 'bin/portcast.js';
/** The forecast of a host with thousands of destinations takes megabytes. */
const MAX_OUTPUT = 64 * 1024 ** 2;
interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let folder: string;
let paths: readonly string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-package-'));
  // Without prepack, which would remove the build that other tests run.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: PACKAGE_ROOT, timeout: 60_000 });
  const [packed] = JSON.parse(stdout) as Packed[];
  paths = packed?.files.map(({ path }) => path) ?? [];
  await run('tar', ['-xzf', join(folder, packed?.filename ?? ''), '-C', folder]);
}, 90_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the package', () => {
  it('holds the build, what it reads, and the documents, and nothing else', () => {
    const roots = new Set(
      paths.map((path) => (path.startsWith('dist/') ? dirname(path) : path).split('/').slice(0, 2).join('/')),
    );
    for (const needed of [BIN, 'dist/daemon', 'dist/dashboard', 'config.example.yaml', 'README.md', 'LICENSE']) {
      expect(roots).toContain(needed);
    }
    expect(paths).toContain('dist/daemon/main.js');
    expect(paths).toContain('dist/dashboard/index.html');
    const migrations = readdirSync(join(PACKAGE_ROOT, 'migrations')).map((name) => `migrations/${name}`);
    expect(paths).toEqual(expect.arrayContaining(migrations));
    const fonts = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'LICENSE'].map((name) => `assets/fonts/${name}`);
    expect(paths).toEqual(expect.arrayContaining(fonts));
    expect(paths.filter((path) => /(^|\/)test\/|\.test\.|\.ts$|\.map$|tsbuildinfo/.test(path))).toEqual([]);
    expect(paths.length).toBeLessThan(900);
  });

  it('is built before it is packed, from an empty folder', () => {
    const { scripts } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['prepack']).toMatch(/rmSync\('dist'.*npm run --silent build$/);
  });

  it('runs from another folder, with the packages that it depends on', async () => {
    symlinkSync(join(PACKAGE_ROOT, 'node_modules'), join(folder, 'node_modules'));
    const bin = join(folder, 'package', BIN);
    const portcast = (...args: string[]) =>
      run(process.execPath, [bin, ...args], { cwd: folder, timeout: 30_000, maxBuffer: MAX_OUTPUT });
    expect((await portcast('config', 'example')).stdout).toBe(
      readFileSync(join(PACKAGE_ROOT, 'config.example.yaml'), 'utf8'),
    );
    expect(JSON.parse((await portcast('forecast', '--json')).stdout)).toHaveProperty('host');
  });

  it('says what to run where there is no build', async () => {
    const bare = join(folder, 'bare', BIN);
    mkdirSync(dirname(bare), { recursive: true });
    copyFileSync(join(PACKAGE_ROOT, BIN), bare);
    copyFileSync(join(PACKAGE_ROOT, 'package.json'), join(folder, 'bare', 'package.json'));
    expect(existsSync(join(folder, 'bare', 'dist'))).toBe(false);
    await expect(run(process.execPath, [bare, 'run'])).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: `portcast is not built yet. Run this in ${join(folder, 'bare')}/: npm ci && npm run build\n`,
    });
  });
});
