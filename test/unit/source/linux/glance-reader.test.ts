import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openGlanceReader } from '../../../../daemon/source/linux/glance-reader.js';
import { PROC_FILES } from '../../../../daemon/source/linux/proc-paths.js';

const SOCKSTAT = 'sockets: used 181\nTCP: inuse 11 orphan 0 tw 530 alloc 12 mem 175\nUDP: inuse 2 mem 0\n';
const SOCKSTAT6 = 'TCP6: inuse 4\nUDP6: inuse 1\n';
const SNMP =
  'Ip: Forwarding DefaultTTL\nIp: 1 64\n' +
  'Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens\nTcp: 1 200 120000 -1 9001 17\n';

function createProc(files: Partial<Record<'sockstat' | 'sockstat6' | 'snmp', string>>) {
  const root = mkdtempSync(join(tmpdir(), 'portcast-glance-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (name: keyof typeof files, text: string): void => {
    const path = join(root, PROC_FILES[name]);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  for (const [name, text] of Object.entries(files)) write(name as keyof typeof files, text);
  const reader = openGlanceReader(root);
  onTestFinished(() => reader.close());
  return { reader, write };
}

it('reads the sockets of both families that hold a port, and the connections opened, as they are now', () => {
  const { reader, write } = createProc({ sockstat: SOCKSTAT, sockstat6: SOCKSTAT6, snmp: SNMP });
  expect([reader.readHeldPorts(), reader.readHeldPorts(), reader.readActiveOpens()]).toEqual([545, 545, 9001]);
  write('sockstat', SOCKSTAT.replace('tw 530', 'tw 531'));
  write('sockstat6', SOCKSTAT6.replace('inuse 4', 'inuse 14'));
  write('snmp', SNMP.replace('9001', '9012'));
  expect([reader.readHeldPorts(), reader.readActiveOpens()]).toEqual([556, 9012]);
});

it('reads a host without IPv6', () => {
  const { reader } = createProc({ sockstat: SOCKSTAT, snmp: SNMP });
  expect(reader.readHeldPorts()).toBe(541);
});

it.each([
  ['absent', {}],
  ['of another shape', { sockstat: 'TCP: inuse 11\n', snmp: 'Tcp: RtoAlgorithm\nTcp: 1\n' }],
])('reads null where the files are %s', (_, files) => {
  const { reader } = createProc(files);
  expect([reader.readHeldPorts(), reader.readActiveOpens()]).toEqual([null, null]);
});
