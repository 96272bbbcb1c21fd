/** A /proc in a temporary folder, in which the processes of a scene own the live connections of one pool. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WITHOUT_OWNERS, type OwnerReport } from '../../daemon/alert/alert.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { parseAddress } from '../../daemon/host/ip-address.js';
import { createOwnerScanner } from '../../daemon/source/linux/owners.js';

export interface OwningProcess {
  readonly pid: number;
  readonly name: string;
  /** Its share of the live connections, 0 to 1. */
  readonly share: number;
}

const FIRST_INODE = 1000;
const FIRST_PORT = 20_000;

/** What a search reports about the live connections of a pool that these processes own; the rest are orphans. */
export function reportOwners(pool: PoolForecast, processes: readonly OwningProcess[]): OwnerReport {
  const root = mkdtempSync(join(tmpdir(), 'portcast-proc-'));
  try {
    writeTable(root, pool);
    let inode = FIRST_INODE;
    for (const { pid, name, share } of processes) {
      const count = Math.round(share * pool.live);
      writeProcess(root, { pid, name, inodes: Array.from({ length: count }, (_, index) => inode + index) });
      inode += count;
    }
    const [report] = createOwnerScanner({ procRoot: root, readCpuMs: () => 0 }).findOwners([pool]);
    return report ?? WITHOUT_OWNERS;
  } finally {
    rmSync(root, { recursive: true });
  }
}

function writeTable(root: string, pool: PoolForecast): void {
  const local = printAddress(pool.localAddress);
  const remote = printAddress(pool.remoteAddress ?? '10.0.0.2');
  const remotePort = printPort(pool.remotePort ?? 443);
  const rows = Array.from({ length: pool.live }, (_, index) =>
    [
      `${index}:`,
      `${local}:${printPort(FIRST_PORT + index)}`,
      `${remote}:${remotePort}`,
      '01 00000000:00000000 00:00000000 00000000 1000 0',
      `${FIRST_INODE + index} 1 0 20 4 30 10 -1`,
    ].join(' '),
  );
  const folder = join(root, 'thread-self/net');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, pool.family === 'ipv4' ? 'tcp' : 'tcp6'), `header\n${rows.join('\n')}\n`);
  if (pool.family === 'ipv6') writeFileSync(join(folder, 'tcp'), 'header\n');
}

function writeProcess(root: string, of: { pid: number; name: string; inodes: readonly number[] }): void {
  const descriptors = join(root, String(of.pid), 'fd');
  mkdirSync(descriptors, { recursive: true });
  writeFileSync(join(root, String(of.pid), 'comm'), `${of.name}\n`);
  for (const [index, inode] of of.inodes.entries()) symlinkSync(`socket:[${inode}]`, join(descriptors, String(index)));
}

/** As /proc/net/tcp prints an address: each 32-bit word in the byte order of a little-endian host. */
function printAddress(address: string): string {
  const words = parseAddress(address);
  if (words === null) throw new Error(`not an address: ${address}`);
  const printed = words.map((word) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(word);
    return bytes.readUInt32LE().toString(16).toUpperCase().padStart(8, '0');
  });
  return address.includes(':') ? printed.join('') : (printed[3] ?? '');
}

function printPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
