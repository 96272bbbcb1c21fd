/** The advice on one pool: signatures, programs, descriptors, ranges, other systems. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adviseOnPool, isAtRisk, type PoolAdvice } from '../../../daemon/advice/advise.js';
import { NO_CONTEXT, type AdviceContext, type Owner } from '../../../daemon/advice/context.js';
import { adviseOnHost } from '../../../daemon/advice/host-advice.js';
import { findPrograms } from '../../../daemon/advice/match-program.js';
import { MYTHS } from '../../../daemon/advice/myths.js';
import { PROGRAM_NAMES, PROGRAMS } from '../../../daemon/advice/programs.js';
import { findWiderRange, formatSpans } from '../../../daemon/advice/wider-range.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import { assumeLimits } from '../../../daemon/source/other/assumed-limits.js';
import { poolAdviceToWire } from '../../../daemon/wire/advice.js';
import { calmForecast, poolForecast } from '../../builders/forecasts.js';
import { limitsOf } from '../../tools/simulator/world.js';

const owner = (name: string, more: Partial<Owner> = {}): Owner => ({ pid: 7, name, confidence: 1, ...more });
const advise = (
  changes: Partial<PoolForecast> = {},
  { limits = limitsOf(), ...context }: Partial<AdviceContext> & { limits?: HostLimits } = {},
): PoolAdvice => adviseOnPool(poolForecast(changes), limits, { ...NO_CONTEXT, ...context });
const signaturesOf = (...given: Parameters<typeof advise>): string[] =>
  advise(...given).signatures.map(({ name }) => name);
const remedyOf = (advice: PoolAdvice, name: string) =>
  advice.remedies.find((remedy) => remedy.name === name) ?? expect.unreachable(`no remedy ${name}`);
const reasonOf = (advice: PoolAdvice, name: string) =>
  advice.useless.find((remedy) => remedy.name === name)?.reason ?? expect.unreachable(`${name} is not listed`);

const LEAKING: Partial<PoolForecast> = {
  cause: 'growth',
  mode: 'leak',
  live: 600,
  timeWait: 10,
  used: 610,
  available: 390,
  closeRate: 0.1,
  liveGrowth: 0.25,
};

describe('the signatures', () => {
  const gone = Array.from({ length: 6 }, (_, index) => owner('curl', { pid: index, confidence: 0, seenAtMs: 1 }));
  it.each<[string, Partial<PoolForecast>, Partial<AdviceContext>]>([
    ['connection_per_request', {}, {}],
    ['short_lived_owners', {}, { owners: gone }],
    ['few_idle_connections', {}, { program: 'go' }],
    ['binds_first', { kind: 'bind', remoteAddress: null, remotePort: null }, {}],
    ['skipped_ports', { skippedPorts: 100, failedConnects: 3 }, {}],
    ['fails_below_capacity', { failedConnects: 3 }, {}],
    ['leak', LEAKING, {}],
    ['close_wait', { ...LEAKING, closeWait: 500 }, {}],
    ['orphan_fin_wait2', { orphanFinWait2: 280 }, {}],
    ['unanswered', { cause: 'unanswered', synSent: 300, live: 320 }, {}],
    ['reuse_works', { reuse: 'after_delay', used: 1000, timeWait: 990, live: 10, mode: 'steady', cause: null }, {}],
  ])('%s is told with its numbers, its cause, remedies that exist and a check', (name, changes, context) => {
    const advice = advise(changes, context);
    const signature = advice.signatures.find((one) => one.name === name) ?? expect.unreachable(name);
    expect(signature.seen).toMatch(/\d/);
    expect(signature.cause).not.toBe('');
    expect(signature.check).not.toBe('');
    const known = [...advice.remedies, ...advice.useless].map((remedy) => remedy.name);
    for (const remedy of signature.remedies.slice(0, 1)) expect(known).toContain(remedy);
  });

  it('are absent where the table does not show them', () => {
    expect(signaturesOf({ cause: null, mode: 'steady', used: 10, timeWait: 8, live: 2, exhaustsAtMs: null })).toEqual(
      [],
    );
    expect(signaturesOf(LEAKING)).toEqual(['leak']);
    expect(signaturesOf({ failedConnects: 3, used: 960, timeWait: 950 })).not.toContain('fails_below_capacity');
    expect(signaturesOf({}, { owners: gone.slice(0, 3) })).not.toContain('short_lived_owners');
  });
});

describe('the programs', () => {
  it('have a default, a switch and a sample each, and are found when asked for', () => {
    for (const name of PROGRAM_NAMES) {
      const [found, ...others] = findPrograms({ owners: [], program: name });
      expect(others).toEqual([]);
      expect(found).toMatchObject({ name, certainty: 'asked', process: null });
      expect(found?.defaults).not.toBe('');
      expect(found?.switch).not.toBe('');
      expect(found?.code[0]?.code.length).toBeGreaterThan(40);
      const { code, detail } = remedyOf(advise({}, { program: name }), 'keep_alive');
      expect(code?.[0]?.title).toContain(found?.title);
      expect(detail).toContain(found?.switch);
    }
  });

  it.each([
    ['node', 'node', 'known'],
    ['MainThread', 'node', 'likely'],
    ['python3.11', 'python', 'known'],
    ['gunicorn', 'python', 'known'],
    ['dotnet', 'dotnet', 'known'],
    ['nginx', 'nginx', 'known'],
    ['haproxy', 'haproxy', 'known'],
    ['envoy', 'envoy', 'known'],
    ['psql', 'postgresql', 'known'],
    ['php-fpm8.2', 'php', 'known'],
    ['redis-cli', 'shell', 'known'],
    ['java', 'java', 'known'],
  ])('the process %s is %s (%s)', (process, name, certainty) => {
    expect(findPrograms({ owners: [owner(process)], program: null })).toMatchObject([{ name, certainty, process }]);
  });

  it('a process with a name of its own gets generic advice only, and a likely one an "if"', () => {
    const unknown = advise({}, { owners: [owner('checkout-api')] });
    expect(unknown.programs).toEqual([]);
    expect(remedyOf(unknown, 'keep_alive').code).toEqual([]);
    const likely = remedyOf(advise({}, { owners: [owner('MainThread')] }), 'keep_alive');
    expect(likely.code?.[0]?.title).toMatch(/^If this is Node\.js/);
    expect(likely.detail).not.toContain('Node');
  });

  it('hostile names match no program and get into no command', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        'node\n',
        ' node',
        'node;rm -rf /',
        '__proto__',
        'constructor',
        `${'a'.repeat(100_000)}node`,
        '$(go)',
      ),
    );
    const names = new Set(['node', 'nodejs', 'sh', 'java']);
    fc.assert(
      fc.property(hostile, (name) => {
        fc.pre(!names.has(name) && !PROGRAMS.some((known) => known.processes?.test(name)));
        const advice = advise({}, { owners: [owner(name)] });
        expect(advice.programs).toEqual([]);
        const commands = advice.remedies.flatMap(({ commands = [], undo = [], persist = [] }) => [
          ...commands,
          ...undo,
          ...persist,
        ]);
        expect(commands).toEqual(
          advise().remedies.flatMap(({ commands = [], undo = [], persist = [] }) => [...commands, ...undo, ...persist]),
        );
      }),
    );
  });

  it('a namespace with a hostile name is one word for the shell', () => {
    const { commands } = remedyOf(advise({ namespace: "a'; rm -rf / #" }), 'tw_reuse');
    expect(commands).toEqual(["ip netns exec 'a'\\''; rm -rf / #' sysctl -w net.ipv4.tcp_tw_reuse=1"]);
    expect(remedyOf(advise({ namespace: 'blue' }), 'tw_reuse')).toMatchObject({
      commands: ['ip netns exec blue sysctl -w net.ipv4.tcp_tw_reuse=1'],
      persist: [],
      undo: ['ip netns exec blue sysctl -w net.ipv4.tcp_tw_reuse=0'],
    });
  });
});

describe('the descriptors of an owner', () => {
  it('stand beside the ports, and say which ends first', () => {
    const [use] = advise(LEAKING, { owners: [owner('app', { openFiles: 979, openFilesLimit: 1024 })] }).descriptors;
    expect(use).toMatchObject({ secondsToLimit: 180, secondsToPorts: 1560 });
    expect(use?.text).toBe(
      'app (pid 7) has 979 of 1,024 descriptors open, 0.25 more every second: EMFILE in 3 min, ports in 26 min.',
    );
  });

  it('name the reason where they cannot be read, and no time without growth', () => {
    const unread = owner('app', { openFiles: 5, openFilesLimit: null, openFilesWhy: 'the process has ended' });
    expect(advise(LEAKING, { owners: [unread] }).descriptors[0]).toMatchObject({
      secondsToLimit: null,
      text: 'The descriptors of app (pid 7) cannot be read: the process has ended.',
    });
    const calm = advise({ liveGrowth: 0 }, { owners: [owner('app', { openFiles: 5, openFilesLimit: 1024 })] });
    expect(calm.descriptors[0]?.text).toBe('app (pid 7) has 5 of 1,024 descriptors open.');
    expect(advise(LEAKING, { owners: [owner('app')] }).descriptors).toEqual([]);
  });
});

describe('a wider range', () => {
  it('reserves the listeners that would lie in it, keeps what is reserved, and can be undone', () => {
    const limits = limitsOf({ reservedPorts: [{ first: 9000, last: 9010 }] });
    const advice = advise({}, { limits, listeners: [22, 8080, 8081, 20_500, 50_000] });
    const { commands, undo, persist, detail } = remedyOf(advice, 'wider_range');
    expect(commands).toEqual([
      'sysctl -w net.ipv4.ip_local_reserved_ports="8080-8081,9000-9010,50000"',
      'sysctl -w net.ipv4.ip_local_port_range="1024 65535"',
    ]);
    expect(undo).toEqual([
      'sysctl -w net.ipv4.ip_local_port_range="20000 20999"',
      'sysctl -w net.ipv4.ip_local_reserved_ports="9000-9010"',
      'rm -f /etc/sysctl.d/90-portcast-range.conf',
    ]);
    expect(persist?.[0]).toContain('net.ipv4.ip_local_reserved_ports = 8080-8081,9000-9010,50000\\n');
    expect(detail).toContain('adds 63,498 ports at once. The services that listen on 8080, 8081, 50000 would');
  });

  it('reserves in at most 24 spans, covers each listener, and counts the ports that are left', () => {
    const ports = fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 200 });
    fc.assert(
      fc.property(ports, ports, (listening, reserved) => {
        const reservedPorts = [...reserved].sort((a, b) => a - b).map((port) => ({ first: port, last: port }));
        const limits = limitsOf({ reservedPorts });
        const wider = findWiderRange(limits, listening);
        if (wider === null) return;
        expect(wider.reserve.length).toBeLessThanOrEqual(24);
        expect(formatSpans(wider.reserve).length).toBeLessThan(300);
        const isReserved = (port: number) => wider.reserve.some(({ first, last }) => port >= first && port <= last);
        for (const port of [...(wider.listeners ?? []), ...reserved]) expect(isReserved(port)).toBe(true);
        let usable = 0;
        for (let port = 1024; port <= 65_535; port++) if (!isReserved(port)) usable++;
        const before = 1000 - reserved.filter((port) => port >= 20_000 && port <= 20_999).length;
        expect(wider.added).toBe(usable - before);
      }),
      { numRuns: 50 },
    );
  });

  it('does nothing where the range is the widest already', () => {
    const limits = limitsOf({ range: { first: 1024, last: 65_535 } });
    expect(reasonOf(advise({}, { limits }), 'wider_range')).toContain('1024-65535 leaves no port to add');
  });
});

describe('what does nothing here', () => {
  it('is listed with its reason', () => {
    const bind = advise({ kind: 'bind', remoteAddress: null, remotePort: null });
    expect(reasonOf(bind, 'tw_reuse')).toContain('ports that bind() takes are never reused');
    expect(reasonOf(bind, 'second_destination')).toContain('share these ports among all destinations');
    expect(bind.remedies[0]?.name).toBe('bind_no_port');
    const leak = advise(LEAKING);
    expect(reasonOf(leak, 'second_destination')).toContain('fill the ports of a second destination as well');
    expect(reasonOf(leak, 'keep_alive')).toContain('none is closed');
    const churn = advise();
    expect(reasonOf(churn, 'fin_timeout')).toContain('does not shorten TIME_WAIT');
    expect(reasonOf(churn, 'local_port_range')).toContain('can only narrow the range');
    expect(reasonOf(advise({ reuse: 'after_delay' }), 'tw_reuse')).toContain('reuses the ports of this pool already');
  });

  it('never contains what is a remedy here, and every entry has a reason', () => {
    const forecasts = fc.record({
      kind: fc.constantFrom('connect', 'bind'),
      cause: fc.constantFrom('closes', 'growth', 'unanswered', null),
      reuse: fc.constantFrom('none', 'after_delay'),
      closeRate: fc.option(fc.double({ min: 0, max: 5000, noNaN: true })),
      live: fc.integer({ min: 0, max: 1000 }),
      capacity: fc.integer({ min: 0, max: 60_000 }),
      synSent: fc.integer({ min: 0, max: 1000 }),
      liveGrowth: fc.option(fc.double({ min: 0, max: 100, noNaN: true })),
    });
    const hosts = fc.constantFrom(limitsOf(), limitsOf({ twReuse: 1 }), assumeLimits('win32'), assumeLimits('darwin'));
    fc.assert(
      fc.property(forecasts, hosts, fc.constantFrom('linux', 'windows', null), (changes, limits, platform) => {
        const advice = advise(changes as Partial<PoolForecast>, { limits, platform });
        const names = advice.remedies.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        for (const { name, reason } of advice.useless) {
          expect(names).not.toContain(name);
          expect(reason).not.toBeNull();
        }
        for (const { name, reason, status, verify, cost, risk } of advice.remedies) {
          expect(status === 'helps' ? reason === null : reason !== null, name).toBe(true);
          for (const text of [verify.text, cost, risk]) expect(text).not.toBe('');
        }
        expect(JSON.stringify(poolAdviceToWire(advice))).not.toMatch(/NaN|undefined|Infinity/);
      }),
    );
  });
});

describe('orphans in FIN_WAIT2', () => {
  it('are the one case in which tcp_fin_timeout helps', () => {
    const fin = remedyOf(advise({ orphanFinWait2: 300 }), 'fin_timeout');
    expect(fin.commands).toEqual(['sysctl -w net.ipv4.tcp_fin_timeout=10']);
    expect(fin.undo?.[0]).toBe('sysctl -w net.ipv4.tcp_fin_timeout=60');
    expect(fin.pressure).toBeCloseTo((12 + 25 * 12.048) / 1000, 6);
  });
});

describe('Windows', () => {
  const NAMES = [
    'keep_alive',
    'auth_sharing',
    'dynamic_port_range',
    'timed_wait_delay',
    'max_user_port',
    'choose_local_port',
    'second_source',
  ];

  it('has its own remedies when asked for, computed on its defaults, and says so', () => {
    const advice = advise({ closeRate: 200 }, { platform: 'windows' });
    expect(new Set(advice.remedies.map(({ name }) => name))).toEqual(new Set(NAMES));
    expect(advice.assumes).toContain('for a Windows host with its default range 49152-65535 and a TIME_WAIT of 120 s');
    const range = remedyOf(advice, 'dynamic_port_range');
    expect(range.commands).toEqual(['netsh int ipv4 set dynamicport tcp start=10000 num=55536']);
    expect(range.undo).toEqual(['netsh int ipv4 set dynamicport tcp start=49152 num=16384']);
    expect(range.pressure).toBeCloseTo((12 + 200 * 120) / 55_536, 6);
    expect(remedyOf(advice, 'timed_wait_delay').pressure).toBeCloseTo((12 + 200 * 30) / 16_384, 6);
  });

  it('has them by itself where the limits were read there', () => {
    const limits = { ...assumeLimits('win32'), range: { first: 1025, last: 5000 } };
    const advice = advise({ capacity: 3976, holdMs: 240_000, closeRate: 20 }, { limits });
    expect(advice.platform).toBe('windows');
    expect(remedyOf(advice, 'dynamic_port_range').undo).toEqual([
      'netsh int ipv4 set dynamicport tcp start=1025 num=3976',
    ]);
    expect(advise({}, { limits: assumeLimits('darwin') }).remedies.map(({ name }) => name)).not.toContain(
      'wider_range',
    );
    expect(advise(LEAKING, { limits }).remedies.find(({ name }) => name === 'find_owner')?.commands).toEqual([
      'Get-NetTCPConnection -State Established -RemoteAddress 10.0.0.2 -RemotePort 443',
    ]);
  });

  it('offers Linux remedies there when they are asked for, on the defaults of Linux', () => {
    const advice = advise({}, { limits: assumeLimits('win32'), platform: 'linux' });
    expect(advice.assumes).toContain('for a Linux host with its default range 32768-60999');
    expect(remedyOf(advice, 'tw_reuse').undo?.[0]).toBe('sysctl -w net.ipv4.tcp_tw_reuse=2');
  });
});

describe('the reuse delay', () => {
  it('is shortened to what the rate needs where ports are reused already', () => {
    const changes: Partial<PoolForecast> = {
      capacity: 100,
      live: 0,
      used: 100,
      reuse: 'after_delay',
      holdMs: 1000,
      closeRate: 110,
    };
    const delay = remedyOf(advise(changes, { limits: limitsOf({ twReuse: 1 }) }), 'reuse_delay');
    expect(delay.commands).toEqual(['sysctl -w net.ipv4.tcp_tw_reuse_delay=727']);
    expect(delay.undo?.[0]).toBe('sysctl -w net.ipv4.tcp_tw_reuse_delay=1000');
    expect(delay.pressure).toBeLessThan(0.8);
    const older = advise(changes, { limits: limitsOf({ twReuse: 1, twReuseBySecond: true }) });
    expect(reasonOf(older, 'reuse_delay')).toContain('Linux 6.14');
  });
});

describe('the advice on the host', () => {
  const facts = { limits: limitsOf(), ports: [], sampledAtMs: 1, unusedCapacity: 1000, holdMs: 62_048 };

  it('is about the pools at risk, and says what a new destination could take', () => {
    const pools = [poolForecast(), calmForecast({ id: 'calm' })];
    const advice = adviseOnHost({ ...facts, pools }, NO_CONTEXT, () => ({ owners: [], sinceMs: 5 }));
    expect(advice.pools.map(({ forecast }) => forecast.id)).toEqual([poolForecast().id]);
    expect(advice.summary).toBe(
      'One pool is at risk. A new destination could take 1,000 ports and sustain 16.1 closes per second.',
    );
    expect(isAtRisk(calmForecast())).toBe(false);
    expect(adviseOnHost({ ...facts, pools: [] }, NO_CONTEXT, () => expect.unreachable()).summary).toMatch(
      /^No pool is at risk\./,
    );
    expect(advice.general.map(({ name }) => name).slice(0, 2)).toEqual(['keep_alive', 'tw_reuse']);
  });

  it('advises on ten pools at most, and counts all', () => {
    const pools = Array.from({ length: 30 }, (_, index) => poolForecast({ id: `p${index}` }));
    const advice = adviseOnHost({ ...facts, pools }, NO_CONTEXT, () => ({ owners: [], sinceMs: null }));
    expect([advice.pools.length, advice.poolsAtRisk]).toEqual([10, 30]);
  });

  it('calls TIME_WAIT of a service that closes first harmless', () => {
    const states = new Uint32Array(13);
    states[5] = 4000;
    const ports = [
      { id: 'in_host_8080', direction: 'in' as const, namespace: 'host', address: null, port: 8080, states },
    ];
    const { signatures } = adviseOnHost({ ...facts, pools: [], ports }, NO_CONTEXT, () => expect.unreachable());
    expect(signatures).toMatchObject([{ name: 'server_closes_first', remedies: [] }]);
    expect(signatures[0]?.seen).toContain(':8080 has 4,000');
  });

  it('names myths, each with what is true', () => {
    expect(MYTHS.map(({ name }) => name)).toEqual([
      'fin_timeout',
      'tw_recycle',
      'conntrack_timeout',
      'tw_buckets',
      'many_time_wait',
      'host_limit',
    ]);
    for (const { myth, truth } of MYTHS) expect(truth.length).toBeGreaterThan(myth.length / 2);
  });
});
