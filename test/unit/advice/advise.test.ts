import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findWiderRange, formatSpans } from '../../../daemon/advice/wider-range.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { assumeLimits } from '../../../daemon/source/other/assumed-limits.js';
import { poolAdviceToWire } from '../../../daemon/wire/advice.js';
import { advise, LEAKING, reasonOf, remedyOf } from '../../builders/advice.js';
import { limitsOf } from '../../tools/simulator/world.js';

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
        const advice = advise(changes, { limits, platform });
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

  it.each(['win32', 'darwin'] as const)('names nothing of Linux in a leak and in silence on %s', (system) => {
    const unanswered = { cause: 'unanswered', synSent: 600 } as const;
    for (const changes of [LEAKING, { ...LEAKING, closeWait: 300 }, { ...LEAKING, ...unanswered }]) {
      const { remedies } = advise(changes, { limits: assumeLimits(system) });
      expect(remedies.length).toBeGreaterThan(1);
      const shell = system === 'win32' ? /net\.ipv4|ss -tnp|users:|wc -l/ : /net\.ipv4|ss -tnp|users:/;
      for (const { detail, verify } of remedies) expect(JSON.stringify([detail, verify])).not.toMatch(shell);
    }
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
