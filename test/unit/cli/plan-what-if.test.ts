import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planStored } from '../../../daemon/cli/plan-what-if.js';
import type { WhatIfOptions } from '../../../daemon/cli/plan-settings.js';
import { runCli } from '../../../daemon/cli/program.js';
import type { WireIncidentPlan } from '../../../daemon/wire/plan-incident.js';
import type { WireWhatIf } from '../../../daemon/wire/plan.js';
import { startCanned } from '../../builders/api-server.js';
import { testIo } from '../../builders/cli.js';
import { RESOLVED_SCENES } from '../../builders/resolved-scenes.js';
import { playHost } from '../../builders/simulated-daemon.js';
import { createTempFolder } from '../../builders/stores.js';
import { cannedHost, cannedPool } from '../../builders/wire-documents.js';
import { wireIncident } from '../../builders/wire-incident.js';

const POOL = cannedPool();
const OTHER = cannedPool({ id: 'connect_host_10.0.0.9_10.0.0.2_443', localAddress: '10.0.0.9' });
const BIND = cannedPool({ id: 'bind_host_10.0.0.1', kind: 'bind', remoteAddress: null, remotePort: null });
const NUMBERS = ['--ports', '1024-5000', '--time-wait', '240s', '--rate', '20'];

async function ofPool(options: WhatIfOptions, pools = [POOL, BIND]) {
  const io = testIo();
  const forecast = { host: cannedHost(), pools };
  const parts = {
    version: '1.0.0',
    read: () => Promise.resolve(forecast),
    ask: () => Promise.resolve({ kind: 'absent' } as const),
  };
  const code = await planStored(io, options, parts);
  return { code, out: io.stdout() };
}

async function run(...args: string[]) {
  const io = testIo();
  const code = await runCli(['plan', ...args], io);
  return { code, out: io.stdout(), err: io.stderr() };
}

/** A configuration whose daemon is at this port, and whose database is this file. */
function writeConfig(folder: string, port: number, database = join(folder, 'none.db')): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'portcast.yaml');
  writeFileSync(file, `http:\n  port: ${port}\nstore:\n  file: ${database}\n`);
  return file;
}

/** A port at which nothing listens. */
async function findClosedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('portcast plan with numbers', () => {
  it('prints both columns and the sentence', async () => {
    const { code, out } = await run(...NUMBERS, '--requests', '10', '--sources', '2');
    expect(code).toBe(0);
    expect(out).toContain('runs out     after about 199 s');
    expect(out).toMatch(/AS IT IS +WITH THE SETTINGS/);
    expect(out).toMatch(/closes per second +20 +1\n/);
    expect(out).toMatch(/runs out +in 3 min 19 s +never at this rate/);
    expect(out).toContain(
      'With 2 source addresses and 10 requests a connection a destination settles at 6% of 3,977 ports',
    );
    expect(out).toContain('those of each of 2 addresses');
  });

  it('takes reserved ports off, and adds the comparison to the JSON only where one is asked for', async () => {
    const { out } = await run(...NUMBERS, '--reserved', '977', '--json');
    expect(JSON.parse(out)).toMatchObject({ capacity: 3000, asIs: { capacity: 3000 }, lines: {} });
    expect(JSON.parse((await run(...NUMBERS, '--json')).out)).not.toHaveProperty('asIs');
  });

  it.each([
    [['--reserved', '3977'], 'cannot plan with --reserved 3,977: allowed fewer than the 3,977 ports of the range'],
    [['--reserved', '3000', '--live', '1000'], 'cannot plan with --live 1,000: allowed at most the 977 ports'],
    [['--requests', '0'], 'cannot plan with --requests 0: allowed a number from 1 to 1000000'],
    [['--sources', '0'], 'cannot plan with --sources 0: allowed a whole number of addresses from 1 to 1000'],
    [['--requests', '-1'], 'found "-1"; allowed a number of at least 0'],
    [['--pool', 'a', '--incident', 'b'], 'found --pool "a" and --incident "b"; allowed one of them'],
  ])('refuses %j with exit code 2', async (args, text) => {
    const { code, err } = await run(...NUMBERS, ...args);
    expect(code).toBe(2);
    expect(err).toContain(text);
  });
});

describe('portcast plan --pool', () => {
  it('compares a pool by its id or its destination', async () => {
    const { code, out } = await ofPool({ pool: '10.0.0.2:443', requests: 4 });
    expect(code).toBe(0);
    expect(out).toContain('10.0.0.2:443 on web-1, read from this host');
    expect(out).toMatch(/needs ports +\d+ +\d+/);
    expect(out).toContain('With 4 requests a connection 10.0.0.2:443 settles at');
    const json = await ofPool({ pool: POOL.id, json: true });
    const plan = JSON.parse(json.out) as WireWhatIf;
    expect(plan.pool).toEqual({ id: POOL.id, name: '10.0.0.2:443' });
    expect(plan.changed).toEqual(plan.asIs);
  });

  it('lists the pools that exist where none or several are meant', async () => {
    await expect(ofPool({ pool: '10.0.0.7:1' })).rejects.toThrow(
      `there is no pool "10.0.0.7:1"; allowed: ${POOL.id} (10.0.0.2:443), ${BIND.id} (any destination from 10.0.0.1)`,
    );
    await expect(ofPool({ pool: '10.0.0.2:443' }, [POOL, OTHER, BIND])).rejects.toThrow(
      `several pools lead to "10.0.0.2:443"; allowed: ${POOL.id} (10.0.0.2:443), ${OTHER.id} (10.0.0.2:443)`,
    );
    await expect(ofPool({ pool: 'x' }, [])).rejects.toThrow('there is no pool "x"; no pool holds a port now');
    const many = Array.from({ length: 25 }, (_, i) => cannedPool({ id: `connect_${i}`, remotePort: i + 1 }));
    await expect(ofPool({ pool: 'x' }, many)).rejects.toThrow(/\(10\.0\.0\.2:20\) and 5 more$/);
  });

  it('refuses what makes no sense for the pool', async () => {
    await expect(ofPool({ pool: BIND.id, reuse: true })).rejects.toThrow(
      'cannot plan with --reuse on: allowed only off: clients that bind before they connect cannot take a TIME_WAIT port',
    );
    await expect(ofPool({ pool: POOL.id, live: 1001 })).rejects.toThrow('cannot plan with --live 1,001');
  });
});

describe('portcast plan --incident', () => {
  it('asks the running daemon', async () => {
    const incident = wireIncident();
    const { api } = await startCanned();
    onTestFinished(async () => await api.stop());
    const config = writeConfig(createTempFolder(), Number(new URL(api.url).port));
    const { code, out } = await run('--incident', incident.id, '--requests', '10', '--config', config, '--json');
    expect(code).toBe(0);
    expect((JSON.parse(out) as WireIncidentPlan).incident.id).toBe(incident.id);
    const unknown = await run('--incident', 'none', '--config', config);
    expect(unknown).toMatchObject({ code: 2, err: 'portcast: incident: there is no incident "none"\n' });
    const nonsense = await run('--incident', incident.id, '--reserved', '5', '--config', config);
    expect(nonsense.code).toBe(2);
    expect(nonsense.err).toContain('reserved is "5"; allowed: only together with ports');
  });

  it('logs in at the daemon with the token of the environment', async () => {
    const given: (string | undefined)[] = [];
    const daemon = createHttpServer(({ url, headers }, response) => {
      given.push(`${url ?? ''} ${headers.authorization ?? ''}`);
      response.end(JSON.stringify({ incident: { id: 'i1' }, pools: [], lines: {} }));
    });
    await new Promise<void>((resolve) => daemon.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void daemon.close());
    const config = writeConfig(createTempFolder(), (daemon.address() as AddressInfo).port);
    const io = testIo({ env: { PORTCAST_TOKEN: 'pc_secret' } });
    expect(await runCli(['plan', '--incident', 'i1', '--config', config, '--json'], io)).toBe(0);
    expect(given).toEqual(['/api/v1/plan?incident=i1 Bearer pc_secret']);
  });

  it('reads the database where no daemon runs', async () => {
    const folder = createTempFolder();
    await playHost(RESOLVED_SCENES['resolved-outage'], folder);
    const config = writeConfig(folder, await findClosedPort(), join(folder, 'portcast.db'));
    const unknown = await run('--incident', 'none', '--config', config);
    expect(unknown.code).toBe(2);
    const id = /there is no incident "none"; allowed: (\S+)/.exec(unknown.err)?.[1] ?? expect.unreachable(unknown.err);
    const { code, out } = await run('--incident', id, '--ports', '20000-22999', '--config', config);
    expect(code).toBe(0);
    expect(out).toMatch(/POOL +AS IT WAS +WITH THE SETTINGS/);
    expect(out).toMatch(/1,000 of 1,000 \(100%\), out for \d+ s from 2026-01-05T12:0\S+ +at least 1,\d+ of 3,000/);
    expect(out).toContain('With the ports 20000-22999 10.0.0.2:443 would have peaked at');
    const nonsense = await run('--incident', id, '--live', '2000', '--config', config);
    expect(nonsense).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot plan with --live 2,000') as string,
    });
  });

  it('says what is missing where there is neither a daemon nor a database', async () => {
    const config = writeConfig(createTempFolder(), await findClosedPort());
    const { code, err } = await run('--incident', 'x', '--config', config);
    expect(code).toBe(2);
    expect(err).toMatch(/no daemon answers, and there is no database at \S+none\.db; give the daemon's configuration/);
  });
});
