/** TLS of the server: what it accepts, and how it follows its files. */
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync, readFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followTlsFiles, readTlsPair } from '../../../../daemon/api/access/tls-files.js';
import { fetchStatus } from '../../../../daemon/cli/daemon-client.js';
import type { HealthPart } from '../../../../daemon/contracts.js';
import { DAY_MS } from '../../../../daemon/units.js';
import { startCanned } from '../../../builders/api-server.js';
import { createCertificate } from '../../../builders/certificates.js';
import { createTestAuthority } from '../../../builders/accounts.js';

let folder: string;
const cleanups: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-tls-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(folder, { recursive: true });
});

/** The fingerprint of the certificate that a server shows. */
async function shownBy(port: number, options: object = {}): Promise<string> {
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const open = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => resolve(open));
    open.on('error', reject);
  });
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

function fingerprintOf(file: string): string {
  return new X509Certificate(readFileSync(file)).fingerprint256;
}

describe('the server with TLS', () => {
  it('answers over TLS 1.2 and later only, and the commands know its certificate', async () => {
    const files = createCertificate(folder, 'one');
    const { api } = await startCanned({}, { tls: files });
    cleanups.push(() => api.stop());
    expect(api.url).toBe(`https://127.0.0.1:${api.port}`);
    expect(await shownBy(api.port)).toBe(fingerprintOf(files.cert));
    await expect(shownBy(api.port, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow();
    const daemon = { base: api.url, timeoutMs: 5000, signal: new AbortController().signal };
    expect((await fetchStatus({ ...daemon, certFile: files.cert })).health).toBe('ok');
    const other = createCertificate(folder, 'two');
    await expect(fetchStatus({ ...daemon, certFile: other.cert })).rejects.toThrow(/does not answer/);
    await expect(fetchStatus(daemon)).rejects.toThrow(/self-signed/);
  });

  it('takes a change from its own origin, which is https', async () => {
    const files = createCertificate(folder, 'one');
    const { api } = await startCanned({}, { tls: files });
    cleanups.push(() => api.stop());
    const ask = async (origin: string): Promise<number> => {
      const { request } = await import('node:https');
      return await new Promise((resolve, reject) => {
        const headers = { origin, 'content-type': 'application/json' };
        const sent = request(`${api.url}/api/v1/silences`, {
          method: 'POST',
          headers,
          rejectUnauthorized: false,
          agent: false,
        });
        sent.on('response', (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        sent.on('error', reject);
        sent.end('{}');
      });
    };
    expect(await ask(`https://127.0.0.1:${api.port}`)).toBe(400);
    expect(await ask(`http://127.0.0.1:${api.port}`)).toBe(403);
  });

  it('listens beyond loopback only when a login is needed', async () => {
    await expect(startCanned({}, { address: '0.0.0.0' })).rejects.toThrow(/while no login is needed/);
    const { api } = await startCanned({}, { address: '0.0.0.0', authority: createTestAuthority({ isExposed: true }) });
    cleanups.push(() => api.stop());
    expect(api.url).toBe(`http://web-1:${api.port}`);
    const at = (path: string) => fetch(`http://127.0.0.1:${api.port}${path}`);
    expect([(await at('/healthz')).status, (await at('/api/v1/status')).status]).toEqual([200, 401]);
  });
});

describe('the TLS files', () => {
  it.each<[string, (files: { cert: string; key: string }) => void, RegExp]>([
    ['no certificate', ({ cert }) => rmSync(cert), /http\.tls\.cert: .*ENOENT/],
    ['another text', ({ cert }) => writeFileSync(cert, 'x'), /http\.tls\.cert: .* is not a certificate in PEM form/],
    [
      'another key',
      ({ key }) => renameSync(createCertificate(folder, 'two').key, key),
      /is not the key of the certificate/,
    ],
    ['no key', ({ key }) => writeFileSync(key, ''), /http\.tls\.key: .* is not a private key/],
    [
      'a folder',
      ({ key }) => {
        rmSync(key);
        mkdirSync(key);
      },
      /it is no regular file/,
    ],
  ])('are refused with %s', (_name, spoil, text) => {
    const files = createCertificate(folder, 'one');
    spoil(files);
    expect(() => readTlsPair(files)).toThrow(text);
  });

  it('are read again after a rename and after a swap of links, and a broken pair changes nothing', async () => {
    const [one, two, three] = ['one', 'two', 'three'].map((name) => createCertificate(folder, name)) as [
      Files,
      Files,
      Files,
    ];
    const live = { cert: join(folder, 'live.crt'), key: join(folder, 'live.key') };
    symlinkSync(one.cert, live.cert);
    symlinkSync(one.key, live.key);
    const problems: (string | null)[] = [];
    const server = createServer(readTlsPair(live));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as { port: number };
    const first = readTlsPair(live);
    const report = (problem: string | null) => problems.push(problem);
    cleanups.push(followTlsFiles({ files: live, server, first, wallMs: Date.now, report, everyMs: 10 }));
    const replaceLink = (target: string, at: string): void => {
      symlinkSync(target, `${at}.new`);
      renameSync(`${at}.new`, at);
    };
    expect(await shownBy(port)).toBe(fingerprintOf(one.cert));
    replaceLink(two.cert, live.cert);
    await expect
      .poll(() => problems.at(-1))
      .toMatch(/^the new certificate cannot be used, so the one before stays: .*not the key/);
    expect(await shownBy(port)).toBe(fingerprintOf(one.cert));
    replaceLink(two.key, live.key);
    await expect.poll(() => shownBy(port)).toBe(fingerprintOf(two.cert));
    expect(problems.at(-1)).toBeNull();
    renameSync(three.key, live.key);
    renameSync(three.cert, live.cert);
    await expect.poll(() => shownBy(port)).toBe(fingerprintOf(live.cert));
  });

  it('are read again when they changed between the start of the server and the first look', async () => {
    const [one, two] = [createCertificate(folder, 'one'), createCertificate(folder, 'two')];
    const first = readTlsPair(one);
    const server = createServer(first);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    renameSync(two.key, one.key);
    renameSync(two.cert, one.cert);
    cleanups.push(followTlsFiles({ files: one, server, first, wallMs: Date.now, report: () => undefined }));
    expect(await shownBy((server.address() as { port: number }).port)).toBe(fingerprintOf(one.cert));
  });

  it.each([
    [30, 0, null],
    [14, 0, /expires in 13 d|expires in 14 d/],
    [1, 2, /has expired/],
  ])('that expire in %d days are a problem after %d days: %s', async (days, laterDays, text) => {
    const files = createCertificate(folder, 'one', days);
    const problems: [HealthPart, string | null][] = [];
    const health = { report: (part: HealthPart, problem: string | null) => void problems.push([part, problem]) };
    const clock = { wallMs: () => Date.now() + laterDays * DAY_MS, monotonicMs: () => 0, cpuMs: () => 0 };
    const { api } = await startCanned({}, { tls: files, health, clock });
    cleanups.push(() => api.stop());
    const [part, problem] = problems.at(-1) ?? [];
    expect(part).toBe('tls');
    if (text === null) expect(problem).toBeNull();
    else expect(problem).toMatch(text);
  });
});

type Files = ReturnType<typeof createCertificate>;
