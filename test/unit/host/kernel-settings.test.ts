import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findDefault, isDefaultValue, SETTING_NAMES } from '../../../daemon/host/kernel-settings.js';
import { LIMIT_SETTINGS, listLimitSettings, shortenValue } from '../../../daemon/host/limit-settings.js';
import { createSettingReader, readLinuxSettings } from '../../../daemon/source/linux/settings.js';
import { settingsToWire } from '../../../daemon/wire/setting.js';
import { cannedSettings } from '../../builders/wire-changes.js';
import { createCounters } from '../../builders/records.js';
import { fakeClock, LIMITS } from '../../fakes.js';

function procWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'portcast-sys-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, 'sys', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return root;
}

describe('defaults', () => {
  it.each([
    ['net.ipv4.tcp_tw_reuse', '6.12.1', '2'],
    ['net.ipv4.tcp_tw_reuse', '4.19.0', '2'],
    ['net.ipv4.tcp_tw_reuse', '4.18.20', '0'],
    ['net.ipv4.ip_local_port_range', '3.10.0-1160.el7', '32768 61000'],
    ['net.ipv4.ip_local_port_range', '6.1', '32768 60999'],
    ['net.ipv4.tcp_max_tw_buckets', '6.12', null],
    ['net.ipv4.tcp_fin_timeout', undefined, '60'],
    // It changed in one version, and this one is not known.
    ['net.ipv4.tcp_tw_reuse', 'unknown', null],
  ])('%s of Linux %s is %s', (name, release, value) => {
    expect(findDefault(name, release).value).toBe(value);
  });

  it('are compared whatever blanks the kernel writes', () => {
    const standard = findDefault('net.ipv4.ip_local_port_range', '6.12');
    expect(isDefaultValue('32768\t60999', standard)).toBe(true);
    expect(isDefaultValue('32768\t61000', standard)).toBe(false);
    expect(isDefaultValue('65536', findDefault('net.ipv4.tcp_max_tw_buckets', '6.12'))).toBeNull();
  });
});

describe('the settings of a Linux host', () => {
  it('are read as the kernel writes them; what it does not have is left out', () => {
    const root = procWith({
      'net/ipv4/ip_local_port_range': '32768\t60999\n',
      'net/ipv4/ip_local_reserved_ports': '\n',
      'kernel/osrelease': '6.18.1\n',
      'fs/file-nr': '1184\t0\t100\n',
    });
    expect(readLinuxSettings(root)).toEqual({
      'net.ipv4.ip_local_port_range': '32768\t60999',
      'net.ipv4.ip_local_reserved_ports': '',
      'kernel.osrelease': '6.18.1',
      'fs.file-nr': '1184\t0\t100',
    });
  });

  it('that limit ports are read each time, the others every 30 s', () => {
    const root = procWith({ 'net/ipv4/tcp_tw_reuse': '2\n', 'fs/nr_open': '1\n' });
    const reader = createSettingReader(root);
    reader.read(0);
    writeFileSync(join(root, 'sys/net/ipv4/tcp_tw_reuse'), '1\n');
    writeFileSync(join(root, 'sys/fs/nr_open'), '2\n');
    expect(reader.read(2000)).toMatchObject({ 'net.ipv4.tcp_tw_reuse': '1', 'fs.nr_open': '1' });
    expect(reader.read(30_000)).toMatchObject({ 'fs.nr_open': '2' });
  });

  it('of this host are among the known names, and each has a sentence', () => {
    const values = readLinuxSettings('/proc');
    expect(values['net.ipv4.ip_local_port_range']).toMatch(/^\d+\s+\d+$/);
    const { settings } = settingsToWire({
      host: 'here',
      reading: {
        limits: LIMITS,
        counters: createCounters(fakeClock()),
        granularity: { hz: null, timeWaitMs: 5120, phaseMs: null, learned: false },
        settings: values,
      },
      unusedCapacity: 1000,
      seen: [],
    });
    expect(settings.length).toBeGreaterThan(8);
    for (const { name, meaning, since } of settings) {
      expect(meaning, name).toMatch(/^[a-zL0-9].{10,}[^.]$/);
      expect(meaning, name).not.toMatch(/NaN|undefined|null|Infinity/);
      expect(since).toBeNull();
    }
  });
});

describe('a value', () => {
  it('that is very long is kept in short, and still differs when it is changed', () => {
    const ports = Array.from({ length: 3000 }, (_, index) => 20_000 + 2 * index).join(',');
    expect(shortenValue(ports).length).toBeLessThan(1100);
    expect(shortenValue(ports)).not.toBe(shortenValue(ports.replace(/.$/, '9')));
    expect(shortenValue('1,2')).toBe('1,2');
  });
});

describe('the limits of a host without sysctls', () => {
  it('are settings by the same names', () => {
    const values = listLimitSettings({
      ...LIMITS,
      reservedPorts: [
        { first: 8080, last: 8080 },
        { first: 9000, last: 9010 },
      ],
    });
    expect(values).toMatchObject({
      'net.ipv4.ip_local_port_range': '20000\t20999',
      'net.ipv4.ip_local_reserved_ports': '8080,9000-9010',
      'net.ipv4.tcp_fin_timeout': '60',
    });
    for (const name of Object.keys(values)) expect(LIMIT_SETTINGS).toContain(name);
    for (const name of LIMIT_SETTINGS) expect(SETTING_NAMES).toContain(name);
    expect(listLimitSettings({ ...LIMITS, twReuse: null })).not.toHaveProperty(['net.ipv4.tcp_tw_reuse']);
  });
});

describe('the document', () => {
  it('says what each means with the numbers of the host, and since when it holds', () => {
    const { kernel, settings } = cannedSettings();
    const find = (name: string) => settings.find((setting) => setting.name === name);
    expect(kernel).toBe('6.12.117+deb13-amd64');
    expect(find('net.ipv4.tcp_tw_reuse')).toMatchObject({
      value: '1',
      isDefault: false,
      default: '2',
      since: '2026-01-05T11:56:00.000Z',
      isLimit: true,
      meaning: 'connect() may take a port from TIME_WAIT 1 s after the close when both ends use timestamps',
    });
    expect(find('net.ipv4.tcp_fin_timeout')).toMatchObject({ isDefault: true, since: null });
    expect(find('net.ipv4.ip_local_port_range')?.meaning).toBe(
      'connect() takes local ports from 20000 to 20999: 1,000 ports, of which one destination can use 1,000',
    );
    expect(find('net.netfilter.nf_conntrack_max')?.meaning).toContain('1,204 are there now (0.5%)');
    expect(find('fs.file-max')?.meaning).toBe(
      'all processes together may open as many files and sockets as they like; 1,184 are open now',
    );
    expect(find('TCP_TIMEWAIT_LEN')).toMatchObject({ value: '60 s', isDefault: true });
    expect(find('CONFIG_HZ')).toMatchObject({ value: '250', firstSeenAt: null });
  });
});
