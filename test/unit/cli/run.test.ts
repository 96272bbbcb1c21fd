import { describe, expect, it } from 'vitest';
import type { App, StartReport } from '../../../daemon/app.js';
import type { AppOptions } from '../../../daemon/app/options.js';
import { formatStartReport, runCommand } from '../../../daemon/cli/run.js';
import { PortcastError } from '../../../daemon/errors.js';
import { testIo, wireHost, type TestIo } from '../../builders/cli.js';

const REPORT: StartReport = {
  host: wireHost(),
  url: 'http://127.0.0.1:9470/',
  databaseFile: '/srv/data/portcast.db',
  mail: null,
  channels: [],
};

/** An app without a daemon: it writes one log line and counts its stops. */
function scripted(changes: Partial<Pick<App, 'start' | 'stop'>> = {}) {
  const seen = { options: null as AppOptions | null, stops: 0 };
  const createApp = (options: AppOptions): App => {
    seen.options = options;
    return {
      address: REPORT.url,
      start() {
        options.log.info('opening the database');
        return Promise.resolve(REPORT);
      },
      stop() {
        seen.stops += 1;
        return Promise.resolve();
      },
      ...changes,
    };
  };
  return { seen, createApp };
}

function run(io: TestIo, app: ReturnType<typeof scripted>, stopLimitMs = 5000) {
  return runCommand(io, {}, { createApp: app.createApp, version: '1.2.3', stopLimitMs });
}

describe('run', () => {
  it('prints the report before the first log line, runs until the signal, and stops', async () => {
    const io = testIo({ cwd: '/srv' });
    const app = scripted();
    const done = run(io, app);
    await expect.poll(() => io.stdout()).toContain('opening the database');
    expect(app.seen.stops).toBe(0);
    expect(io.stdout().indexOf('portcast watches web-1')).toBe(0);
    expect(app.seen.options).toMatchObject({ version: '1.2.3', config: { store: { file: '/srv/data/portcast.db' } } });
    io.abort();
    expect(await done).toBe(0);
    expect(app.seen.stops).toBe(1);
  });

  it('writes short lines on a terminal, and says at the end that everything is written', async () => {
    const io = testIo({ isTerminal: true, env: { JOURNAL_STREAM: '8:1' } });
    const done = run(io, scripted());
    await expect.poll(() => io.stdout()).toContain('opening the database');
    io.abort();
    await done;
    expect(io.stdout()).toMatch(/^portcast watches web-1\n/);
    expect(io.stdout()).toMatch(/\n\d\d:\d\d:\d\d opening the database\n/);
    expect(io.stdout()).toMatch(/\n\d\d:\d\d:\d\d stopped, everything written\n$/);
  });

  it('writes JSON lines where no terminal is attached', async () => {
    const io = testIo();
    io.abort();
    await run(io, scripted());
    expect(JSON.parse(io.stdout().trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      msg: 'stopped, everything written',
    });
  });

  it('listens on the port of --port', async () => {
    const io = testIo();
    const app = scripted();
    io.abort();
    await runCommand(io, { port: 4711 }, { createApp: app.createApp, version: '1' });
    expect(app.seen.options?.config.http).toMatchObject({ address: '127.0.0.1', port: 4711, publicUrl: null });
  });

  it('has this report', async () => {
    await expect(formatStartReport(REPORT, null).join('\n')).toMatchFileSnapshot('../../golden/run.txt');
  });

  it('reports the recipients of mail and the configuration file', () => {
    const lines = formatStartReport({ ...REPORT, mail: 'ops@example.org' }, '/etc/portcast/config.yaml');
    expect(lines).toContain('mail         to ops@example.org');
    expect(lines).toContain('config       /etc/portcast/config.yaml');
  });

  it('writes only log lines to the journal', async () => {
    const io = testIo({ env: { JOURNAL_STREAM: '8:1' } });
    const done = run(io, scripted());
    io.abort();
    await done;
    const lines = io.stdout().trimEnd().split('\n');
    expect(lines.filter((line) => !/^<[2-7]>\{.*\}$/.test(line))).toEqual([]);
    expect(lines.some((line) => line.includes('portcast watches web-1'))).toBe(true);
  });

  it('prints the log lines and the error when the start fails', async () => {
    const io = testIo();
    const app = scripted({ start: () => Promise.reject(new PortcastError('HTTP_LISTEN', 'port 9470 is taken')) });
    const createApp = (options: AppOptions) => {
      options.log.warn('half way');
      return app.createApp(options);
    };
    await expect(runCommand(io, {}, { createApp, version: '1' })).rejects.toThrow('port 9470 is taken');
    expect(io.stdout()).toContain('half way');
  });

  it('gives a stop up after its limit and names what is still open', async () => {
    const io = testIo();
    const app = scripted({ stop: () => new Promise<void>(() => undefined) });
    io.abort();
    expect(await run(io, app, 20)).toBe(1);
    expect(io.stderr()).toMatch(/^portcast: the stop was given up after 0\.02 s; still open: \w+/);
  });

  it('refuses a wrong configuration before it creates the daemon', async () => {
    const io = testIo({ env: { PORTCAST_CONFIG: '/nonexistent.yaml' } });
    const app = scripted();
    await expect(run(io, app)).rejects.toThrow('/nonexistent.yaml: cannot be read');
    expect(app.seen.options).toBeNull();
  });
});
