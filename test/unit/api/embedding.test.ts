/** Which answers may be shown in a frame. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCanned } from '../../builders/api-server.js';
import { createTempFolder } from '../../builders/stores.js';

async function askFor(path: string, embedFrom: readonly string[]) {
  const dashboardDir = createTempFolder();
  mkdirSync(join(dashboardDir, 'assets'));
  writeFileSync(join(dashboardDir, 'index.html'), '<title>portcast</title>');
  const { api, get } = await startCanned({}, { embedFrom, dashboardDir });
  onTestFinished(() => api.stop());
  const { headers, status } = await get(path);
  const ancestors = /frame-ancestors ([^;]*)/.exec(headers.get('content-security-policy') ?? '')?.[1];
  return { status, ancestors, xFrameOptions: headers.get('x-frame-options') };
}

const WIKI = 'https://wiki.example.org';
const FORBIDDEN = { ancestors: "'none'", xFrameOptions: 'DENY' };

describe('framing', () => {
  it('is allowed for the embed view to the pages that are configured', async () => {
    const origins = [WIKI, 'http://[2001:db8::1]:8080'];
    expect(await askFor('/?view=embed&pool=a', origins)).toEqual({
      status: 200,
      ancestors: origins.join(' '),
      xFrameOptions: null,
    });
  });
  it('is allowed to nobody by default', async () => {
    expect(await askFor('/?view=embed&pool=a', [])).toMatchObject({ status: 200, ...FORBIDDEN });
  });
  it.each([
    '/',
    '/?view=wall',
    '/?view=wall&view=embed',
    '/?View=embed',
    '/?pool=view=embed',
    '/index.html?view=embed',
    '/api/v1/status?view=embed',
    '/nothing?view=embed',
  ])('is allowed to nobody for %s', async (path) => {
    expect(await askFor(path, [WIKI])).toMatchObject(FORBIDDEN);
  });
});
