/** The socket inodes of the live rows of pools, from /proc/net/tcp and tcp6. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnerQuery } from '../../contracts.js';
import { isWildcard } from '../../host/endpoint.js';
import { parseAddress } from '../../host/ip-address.js';
import { IS_LITTLE_ENDIAN, swapNetworkWord } from './byte-order.js';
import { PROC_FILES } from './proc-paths.js';

/** Every local address, which is where a bind to a wildcard address takes ports. */
const ANY = '*';
/** The columns of a row, and the state of a row that has no owner. */
const [LOCAL, REMOTE, STATE, INODE] = [1, 2, 3, 9];
const TIME_WAIT = '06';

/**
 * Reads both tables once for all queries.
 * @returns for each inode the indexes of the queries whose pool it belongs to. TIME_WAIT rows and orphans have no inode,
 * which the table shows as 0 (kernel rule 14).
 */
export function readLiveInodes(
  queries: readonly OwnerQuery[],
  procRoot: string,
  isLittleEndian = IS_LITTLE_ENDIAN,
): Map<string, number[]> {
  const wanted = indexQueries(queries, (address) => listProcForms(address, isLittleEndian));
  const inodes = new Map<string, number[]>();
  for (const file of [PROC_FILES.tcp, PROC_FILES.tcp6]) {
    for (const line of readLines(join(procRoot, file))) {
      const columns = line.trim().split(/ +/);
      const [local = '', remote = '', inode = '0'] = [columns[LOCAL], columns[REMOTE], columns[INODE]];
      if (inode === '0' || columns[STATE] === TIME_WAIT || remote.endsWith(':0000')) continue;
      const localAddress = local.slice(0, local.indexOf(':'));
      const indexes = [`${localAddress} ${remote}`, `${localAddress} ${ANY}`, ANY].flatMap(
        (key) => wanted.get(key) ?? [],
      );
      if (indexes.length > 0) inodes.set(inode, indexes);
    }
  }
  return inodes;
}

/** The indexes of the queries by the addresses of the rows that they ask for, as the tables print them. */
function indexQueries(queries: readonly OwnerQuery[], listForms: (address: string) => string[]): Map<string, number[]> {
  const wanted = new Map<string, number[]>();
  const add = (key: string, index: number): void => {
    const indexes = wanted.get(key);
    if (indexes === undefined) wanted.set(key, [index]);
    else indexes.push(index);
  };
  queries.forEach(({ localAddress, remoteAddress, remotePort }, index) => {
    if (remoteAddress === null && isWildcard(localAddress)) {
      add(ANY, index);
      return;
    }
    const port = (remotePort ?? 0).toString(16).toUpperCase().padStart(4, '0');
    // The two ends of a row have the same form, so the forms are paired in order.
    const remotes = remoteAddress === null ? null : listForms(remoteAddress);
    listForms(localAddress).forEach((local, form) => {
      if (remotes === null) add(`${local} ${ANY}`, index);
      else if (remotes[form] !== undefined) add(`${local} ${remotes[form]}:${port}`, index);
    });
  });
  return wanted;
}

/** An address as the tables print it, which is as words in host order. An IPv4 address also has its v4-mapped form in tcp6. */
function listProcForms(address: string, isLittleEndian: boolean): string[] {
  const words = parseAddress(address);
  if (words === null) return [];
  const printed = words.map((word) =>
    (swapNetworkWord(word, isLittleEndian) >>> 0).toString(16).toUpperCase().padStart(8, '0'),
  );
  return address.includes(':') ? [printed.join('')] : [printed.join(''), printed[3] ?? ''];
}

/** The lines of a table without its header. Where IPv6 is off there is no tcp6, so it has no lines. */
function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(1);
  } catch (error) {
    if (path.endsWith('6')) return [];
    throw error;
  }
}
