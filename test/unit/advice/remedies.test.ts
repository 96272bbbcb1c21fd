import { describe, expect, it } from 'vitest';
import type { Remedy } from '../../../daemon/advice/effect.js';
import { findRemedies } from '../../../daemon/advice/remedies.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import { poolForecast } from '../../builders/forecasts.js';
import { watchWorld } from '../../builders/watch-world.js';
import { LEARNED, limitsOf, SERVER, type Stream, type World } from '../../tools/simulator/world.js';

const CHURN: Stream = { to: [SERVER], rate: 25, fate: 'time_wait' };
const LEAK: Stream = { to: [SERVER], rate: 6, fate: 'kept' };

/** The last forecast of a simulated host. */
function forecastOf(stream: Stream, { seconds, ...world }: Partial<World> & { seconds: number }): PoolForecast {
  const { forecasts } = watchWorld(
    { limits: limitsOf(), granularity: LEARNED, streams: [stream], ...world },
    { seconds },
  );
  return forecasts.at(-1)?.forecast ?? expect.unreachable('nothing was forecast');
}

const listNames = (remedies: readonly Remedy[]): string[] => remedies.map(({ name }) => name);
const findRemedy = (remedies: readonly Remedy[], name: string): Remedy =>
  remedies.find((remedy) => remedy.name === name) ?? expect.unreachable(`no remedy ${name}`);

describe('the remedies for churn', () => {
  const adviseOn = (limits: HostLimits, stream = CHURN): Remedy[] =>
    findRemedies(forecastOf(stream, { limits, seconds: 20 }), limits);

  it('have command lines and computed effects', () => {
    const remedies = adviseOn(limitsOf());
    expect(listNames(remedies)).toEqual([
      'keep_alive',
      'tw_reuse',
      'wider_range',
      'second_destination',
      'second_source',
      'local_proxy',
      'server_closes',
      'so_linger',
    ]);
    const reuse = findRemedy(remedies, 'tw_reuse');
    expect(reuse.detail).toContain('sysctl -w net.ipv4.tcp_tw_reuse=1');
    expect(reuse.sustainableRate).toBeCloseTo(1000, 6);
    const wider = findRemedy(remedies, 'wider_range');
    expect(wider.detail).toContain('sysctl -w net.ipv4.ip_local_port_range="1024 65535"');
    expect(wider.pressure).toBeCloseTo((25 * 62.048) / 64_512, 3);
  });

  it('turn timestamps on where only they are missing', () => {
    const { detail, undo } = findRemedy(adviseOn(limitsOf({ twReuse: 1, timestamps: false })), 'tw_reuse');
    expect(detail).toContain('tcp_timestamps=1');
    expect(detail).not.toContain('tcp_tw_reuse=1');
    expect(undo?.[0]).toBe('sysctl -w net.ipv4.tcp_timestamps=0');
  });

  it('suggest timestamps at the server where this host has all settings and reuses no port', () => {
    const limits = limitsOf({ twReuse: 1 });
    const forecast = forecastOf(CHURN, { limits, timestamps: false, seconds: 20 });
    expect(listNames(findRemedies(forecast, limits))).toContain('peer_timestamps');
  });

  it('advise clients that bind to take no port in bind(), and do not offer reuse', () => {
    const names = listNames(adviseOn(limitsOf(), { ...CHURN, binds: true }));
    expect(names).toContain('bind_no_port');
    expect(names).not.toContain('tw_reuse');
  });

  it('count the reserved ports out of the ports that a wider range adds', () => {
    const reservedPorts = [
      { first: 100, last: 1123 },
      { first: 19_990, last: 20_009 },
      { first: 65_530, last: 65_535 },
    ];
    const { detail } = findRemedy(adviseOn(limitsOf({ reservedPorts })), 'wider_range');
    // Of 63,512 further ports 100 below 1,124, 10 below the range and 6 at the end are reserved.
    expect(detail).toContain('adds 63,396 ports');
  });

  it('state no effect while the close rate is not known', () => {
    const remedies = findRemedies(poolForecast({ closeRate: null }), limitsOf());
    expect(findRemedy(remedies, 'keep_alive').detail).toContain('fall to 1 in 10');
    for (const { name, pressure, sustainableRate, secondsToExhaustion } of remedies) {
      expect([pressure, sustainableRate, secondsToExhaustion], name).toEqual([null, null, null]);
    }
  });
});

describe('the remedies for connects that nobody answers', () => {
  const unanswered = poolForecast({ cause: 'unanswered', synSent: 23, live: 30, closeRate: 0 });

  it('look at the server, name the process, and never speak of idle connections', () => {
    const remedies = findRemedies(unanswered, limitsOf());
    expect(listNames(remedies)).toEqual(['check_peer', 'find_owner', 'connect_timeout', 'syn_retries', 'wider_range']);
    expect(findRemedy(remedies, 'check_peer').detail).toContain(
      '23 connects to 10.0.0.2:443 are unanswered (SYN_SENT)',
    );
    expect(findRemedy(remedies, 'find_owner').detail).toBe("ss -tnp state syn-sent '( dst 10.0.0.2 dport = :443 )'");
    expect(remedies.map(({ title, detail }) => `${title} ${detail}`).join(' ')).not.toMatch(/idle|open connections/);
  });

  it('apply to an exhausted pool of an older version, whose live connections are mostly unanswered', () => {
    const older = poolForecast({ mode: 'exhausted', live: 1000, synSent: 900, timeWait: 0 });
    expect(listNames(findRemedies(older, limitsOf()))).toContain('check_peer');
  });

  it('list the sockets of a bind pool by its address, and of the wildcard without a filter', () => {
    const bound = { ...unanswered, kind: 'bind' as const, remoteAddress: null, remotePort: null };
    const commandOf = (localAddress: string) =>
      findRemedy(findRemedies({ ...bound, localAddress }, limitsOf()), 'find_owner').detail;
    expect(commandOf('10.0.0.1')).toBe("ss -tnp state syn-sent '( src 10.0.0.1 )'");
    expect(commandOf('0.0.0.0')).toBe('ss -tnp state syn-sent');
  });
});

describe('the remedies for a leak', () => {
  const forecast = forecastOf(LEAK, { seconds: 60 });

  it('limit the connections, find their owner, and delay the exhaustion', () => {
    const remedies = findRemedies(forecast, limitsOf());
    expect(listNames(remedies)).toEqual(['bound_pool', 'find_owner', 'wider_range']);
    expect(findRemedy(remedies, 'find_owner').detail).toContain(
      "ss -tnp state established '( dst 10.0.0.2 dport = :443 )'",
    );
    expect(findRemedy(remedies, 'wider_range').secondsToExhaustion).toBeGreaterThan(10_000);
  });

  it('point at CLOSE_WAIT where the application has not closed', () => {
    const remedies = findRemedies({ ...forecast, closeWait: 100 }, limitsOf());
    expect(listNames(remedies)).toEqual(['close_sockets', 'find_owner', 'wider_range']);
    expect(findRemedy(remedies, 'find_owner').detail).toContain('state close-wait');
  });

  it('apply to an exhausted pool whose ports are mostly held by live connections', () => {
    const exhausted = poolForecast({ mode: 'exhausted', live: 900, timeWait: 100 });
    expect(listNames(findRemedies(exhausted, limitsOf()))).toContain('bound_pool');
    expect(listNames(findRemedies({ ...exhausted, live: 100, timeWait: 900 }, limitsOf()))).toContain('keep_alive');
  });
});

describe('the remedies for ports that connect() skips', () => {
  const NAMES = ['bind_no_port', 'separate_ranges', 'newer_kernel'];
  const skipping: Partial<PoolForecast> = {
    mode: 'exhausted',
    capacity: 900,
    skippedPorts: 100,
    used: 900,
    available: 0,
    live: 0,
    timeWait: 900,
    closeRate: 15,
    cause: 'closes',
    failedConnects: 3,
  };

  it('come first and name the cause, with the effect of having those ports', () => {
    const remedies = findRemedies(poolForecast(skipping), limitsOf());
    expect(listNames(remedies).slice(0, 4)).toEqual([...NAMES, 'keep_alive']);
    const [first] = remedies;
    expect(first?.detail).toContain(
      '100 of 1,000 ports look free, but ports that were bound before cannot be taken by connect() on this kernel until their last connection is gone. Set IP_BIND_ADDRESS_NO_PORT',
    );
    expect(first?.pressure).toBeCloseTo((15 * 62.048) / 1000, 6);
    expect(findRemedy(remedies, 'newer_kernel').title).toBe('Use Linux 6.18 or later');
  });

  it.each(['growth', 'unanswered'] as const)('come first where the cause is %s, without a number', (cause) => {
    const remedies = findRemedies(poolForecast({ ...skipping, cause }), limitsOf());
    expect(listNames(remedies).slice(0, 3)).toEqual(NAMES);
    expect(remedies[0]?.pressure).toBeNull();
  });

  it('are not given for a lower bound alone', () => {
    const { skippedPorts, ...bounded } = { ...skipping, capacityLow: 500 };
    expect(skippedPorts).toBe(100);
    const names = listNames(findRemedies(poolForecast(bounded), limitsOf()));
    expect(names.filter((name) => NAMES.includes(name))).toEqual([]);
  });
});
