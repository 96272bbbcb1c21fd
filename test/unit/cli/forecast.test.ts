import { describe, expect, it } from 'vitest';
import type { DaemonAnswer } from '../../../daemon/cli/daemon-forecast.js';
import { forecastCommand, formatForecast } from '../../../daemon/cli/forecast.js';
import type { ReadingOptions } from '../../../daemon/cli/one-shot.js';
import type { ReadForecast } from '../../../daemon/cli/reading.js';
import { PortcastError } from '../../../daemon/errors.js';
import { churningPool, testIo, wireHost, wirePool } from '../../builders/cli.js';
import type { WireHost } from '../../../daemon/wire/host.js';

const pools = [
  churningPool(16),
  wirePool({
    id: 'leak',
    localAddress: '2001:db8::1',
    remoteAddress: '2001:db8::20',
    remotePort: 5432,
    family: 'ipv6',
    live: 700,
    used: 700,
    pressure: 0.7,
    liveGrowth: 0.1,
    mode: 'leak',
    exhaustsAtMs: Date.UTC(2026, 0, 5, 12, 50, 0),
    earliestAtMs: Date.UTC(2026, 0, 5, 12, 40, 0),
    latestAtMs: null,
    why: 'Open connections grow by 0.1 per second and are not closed.',
  }),
  wirePool({
    id: 'unknown',
    remotePort: 80,
    closeRate: null,
    pressure: null,
    mode: 'steady',
    why: 'One sample is not enough for a close rate.',
  }),
  wirePool({ id: 'bind', kind: 'bind', remoteAddress: null, remotePort: null }),
];

const ORIGIN = 'from the running daemon, sampled 0.8 s ago';

describe('the text of a forecast', () => {
  it('of a host with pools in every mode of failure', async () => {
    await expect(formatForecast({ host: wireHost(), pools }, ORIGIN)).toMatchFileSnapshot('../../golden/forecast.txt');
  });

  it('says which limits could not be read, and what is used in their place', () => {
    const problems = ['tcp_fin_timeout: "soon" is not a whole number; 60 s is assumed', 'another'];
    const text = formatForecast({ host: { ...wireHost(), problems }, pools: [] }, ORIGIN);
    expect(text.split('\n').filter((line) => line.startsWith('note '))).toEqual(
      problems.map((problem) => `note         ${problem}`),
    );
    expect(formatForecast({ host: wireHost(), pools: [] }, ORIGIN)).not.toContain('note ');
  });

  it.each([
    [60, 2.048, '60 to 62 s'],
    [5, 0.256, '5 to 5.3 s'],
    [600, 16.384, '600 to 616 s'],
    [30, 0, '30 s'],
  ])(
    'shows how long a TIME_WAIT of %d s with a step of %d s holds a port',
    (timeWaitSeconds, granularitySeconds, text) => {
      const host = { ...wireHost(), timeWaitSeconds, granularitySeconds };
      expect(formatForecast({ host, pools: [] }, ORIGIN)).toContain(`TIME_WAIT    ${text}`);
    },
  );

  it('of a host without outbound connections names the ports of a new destination', () => {
    expect(formatForecast({ host: wireHost(), pools: [] }, ORIGIN)).toMatch(
      /No outbound connection uses a port\. A new destination could use 28,222 ports\.$/,
    );
  });

  it('states the least demand while calls fail, and never a close rate of 0', () => {
    const unmet = { demandAtLeast: true, closeRate: 32, pressure: 1.98 } as const;
    const rows = formatForecast(
      {
        host: wireHost(),
        pools: [
          wirePool({ id: 'a', mode: 'exhausted', ...unmet }),
          wirePool({ id: 'b', mode: 'exhausted', closeRate: 0, pressure: 0 }),
          wirePool({ id: 'c', mode: 'idle', ...unmet }),
        ],
      },
      ORIGIN,
    )
      .split('\n')
      .filter((line) => line.startsWith('10.0.0.2:'));
    expect(rows[0]).toMatch(/ >= 198% +>= 32 .* now +exhausted$/);
    expect(rows[1]).toMatch(/ \? +\? .* now +exhausted$/);
    expect(rows[2]).toMatch(/ >= 198% +>= 32 .* had run out +idle$/);
  });

  it('of a host without a usable port says why', () => {
    const noPortWhy = 'the range 32768-60999 has no usable port (28,232 reserved)';
    const text = formatForecast({ host: { ...wireHost(), noPortWhy, capacity: 0 }, pools: [] }, ORIGIN);
    expect(text).toContain(`limit        0 ports, so every connect() fails: ${noPortWhy}\n`);
    expect(text).toMatch(/No outbound connection uses a port\.$/);
  });

  it('says that bound ports cannot be seen where they cannot', () => {
    const boundPortsNote = 'ports that are bound but not connected cannot be seen on this kernel';
    const textOf = (host: WireHost): string => formatForecast({ host, pools: [] }, ORIGIN);
    expect(textOf({ ...wireHost(), boundPortsNote })).toContain(`bound        ${boundPortsNote}\n`);
    expect(textOf(wireHost())).not.toContain('bound  ');
  });

  it('of many pools shows the worst twenty and counts the rest', () => {
    const many = Array.from({ length: 1025 }, (_, i) => wirePool({ id: `p${i}`, remotePort: i + 1 }));
    const lines = formatForecast({ host: wireHost(), pools: many }, ORIGIN).split('\n');
    expect(lines.filter((line) => line.startsWith('10.0.0.2:'))).toHaveLength(20);
    expect(lines.at(-1)).toBe('and 1,005 more with less pressure (--json has them all)');
  });

  it.each([
    [0, 'off (tcp_tw_reuse 0)'],
    [1, 'on, after 1 s, where both ends use timestamps (tcp_tw_reuse 1)'],
    [2, 'on loopback only, after 1 s (tcp_tw_reuse 2)'],
    [null, 'not on this system'],
  ] as const)('explains tcp_tw_reuse %j', (reuse, text) => {
    expect(formatForecast({ host: { ...wireHost(), reuse }, pools: [] }, ORIGIN)).toContain(`reuse        ${text}\n`);
  });
});

describe('the command', () => {
  const read: ReadForecast = () => Promise.resolve({ host: wireHost(), pools });
  /** The parts of the command: a host that `readBy` reads, and a daemon with one answer. */
  const parts = (answer: DaemonAnswer, readBy: ReadForecast = read) => ({
    version: '1.2.3',
    read: readBy,
    ask: () => Promise.resolve(answer),
  });
  const absent = { kind: 'absent' } as const;
  const unusable = { kind: 'unusable', why: 'the daemon at http://127.0.0.1:9470 has no sample yet' } as const;
  const ofDaemon = { host: { ...wireHost(), sourceWhy: 'of the daemon' }, pools: [] };
  const answered = { kind: 'forecast', forecast: ofDaemon, ageMs: 812 } as const;
  const headOf = (text: string): string => text.split('\n')[0] ?? '';

  it('prints the forecast of the daemon where there is one, and its age', async () => {
    const io = testIo();
    expect(await forecastCommand(io, {}, parts(answered))).toBe(0);
    expect(headOf(io.stdout())).toBe('web-1 at 2026-01-05T12:00:00.000Z, from the running daemon, sampled 0.8 s ago');
    const json = testIo();
    await forecastCommand(json, { json: true }, parts(answered));
    expect(JSON.parse(json.stdout())).toEqual(ofDaemon);
    expect(json.stderr()).toBe('');
  });

  it.each<[string, object, DaemonAnswer, string]>([
    ['no daemon runs', {}, absent, ': no daemon answers at http://127.0.0.1:9470'],
    ['the answer is of no use', {}, unusable, `: ${unusable.why}`],
    ['--no-daemon is given', { daemon: false }, answered, ' (--no-daemon)'],
    ['--source is given', { source: 'procfs' }, answered, ' (--source procfs)'],
  ])('reads this host when %s, and says so', async (_name, options, answer, why) => {
    const io = testIo();
    expect(await forecastCommand(io, options, parts(answer))).toBe(0);
    expect(headOf(io.stdout())).toBe(`web-1 at 2026-01-05T12:00:00.000Z, read from this host${why}`);
    expect(io.stderr()).toBe('');
  });

  it('prints nothing but the document with --json; why the daemon was not asked goes to standard error', async () => {
    const io = testIo();
    expect(await forecastCommand(io, { json: true }, parts(unusable))).toBe(0);
    expect(JSON.parse(io.stdout())).toEqual({ host: wireHost(), pools });
    expect(io.stderr()).toBe(`portcast: read from this host: ${unusable.why}\n`);
    const quiet = testIo();
    await forecastCommand(quiet, { json: true }, parts(absent));
    expect(quiet.stderr()).toBe('');
  });

  it('exits 0 even when exhaustion is forecast', async () => {
    expect(await forecastCommand(testIo(), {}, parts(absent))).toBe(0);
  });

  it('reads with the source of --source, else with the configured one', async () => {
    const seen: ReadingOptions[] = [];
    const spy: ReadForecast = (options) => {
      seen.push(options);
      return read(options);
    };
    await forecastCommand(testIo(), { source: 'procfs' }, parts(absent, spy));
    await forecastCommand(testIo(), {}, parts(absent, spy));
    expect(seen.map(({ source }) => source)).toEqual(['procfs', 'auto']);
  });

  it('fails with the error of the source', async () => {
    const broken: ReadForecast = () => Promise.reject(new PortcastError('SOURCE_UNAVAILABLE', 'no netlink here'));
    await expect(forecastCommand(testIo(), {}, parts(absent, broken))).rejects.toThrow('no netlink here');
  });

  it.each([true, false])('repeats the forecast until the signal with --watch, as JSON: %s', async (json) => {
    const io = testIo();
    let reads = 0;
    const ask = () => {
      reads += 1;
      if (reads === 3) io.abort();
      return Promise.resolve<DaemonAnswer>({ kind: 'forecast', forecast: { host: wireHost(), pools: [] }, ageMs: 0 });
    };
    const read: ReadForecast = () => Promise.reject(new Error('not read'));
    expect(await forecastCommand(io, { json, watch: 1 }, { version: '1.2.3', ask, read })).toBe(0);
    expect(reads).toBe(3);
    if (json)
      expect(
        io
          .stdout()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ).toHaveLength(3);
    else expect(io.stdout().match(/^web-1 at /gm)).toHaveLength(3);
  });

  it('prints no control character of the answer on the terminal, as text or as JSON', async () => {
    const evil = '\u001b]0;owned\u0007\u009b2J\u202e\nPORTCAST OK';
    const pool = { ...wirePool({ mode: 'steady', why: evil }), localAddress: evil };
    const forecast = { host: { ...wireHost(), name: evil, sourceWhy: evil }, pools: [pool] };
    for (const json of [true, false]) {
      const io = testIo();
      await forecastCommand(io, { json }, parts({ kind: 'forecast', forecast, ageMs: 0 }));
      expect(io.stdout()).not.toMatch(/[^\P{C}\n]/u);
      expect(io.stdout()).not.toMatch(/^PORTCAST OK/m);
      if (json) expect(JSON.parse(io.stdout())).toEqual(forecast);
    }
  });
});
