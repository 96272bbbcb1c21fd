/** The counters of a network namespace, whose cost does not depend on the number of sockets: sockstat, TcpExt and Tcp (kernel rule 18). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CounterValues } from '../../host/counters.js';
import { PROC_FILES } from './proc-paths.js';

/** The counters of the calling thread's network namespace. A file that is absent or malformed leaves its counters null. */
export function readLinuxCounters(procRoot: string): CounterValues {
  const read = (file: string): string => {
    try {
      return readFileSync(join(procRoot, file), 'latin1');
    } catch {
      return '';
    }
  };
  const sockstat = parseSockstat(read(PROC_FILES.sockstat));
  const tcpExt = parseMib(read(PROC_FILES.netstat), 'TcpExt');
  const tcp = parseMib(read(PROC_FILES.snmp), 'Tcp');
  return {
    inUse: sockstat.get('inuse') ?? null,
    orphan: sockstat.get('orphan') ?? null,
    timeWait: sockstat.get('tw') ?? null,
    alloc: sockstat.get('alloc') ?? null,
    tw: tcpExt.get('TW') ?? null,
    twRecycled: tcpExt.get('TWRecycled') ?? null,
    twKilled: tcpExt.get('TWKilled') ?? null,
    twOverflow: tcpExt.get('TCPTimeWaitOverflow') ?? null,
    activeOpens: tcp.get('ActiveOpens') ?? null,
    passiveOpens: tcp.get('PassiveOpens') ?? null,
    currEstab: tcp.get('CurrEstab') ?? null,
  };
}

/** The TCP line of /proc/net/sockstat, on which names and numbers alternate. */
export function parseSockstat(text: string): Map<string, number> {
  const words = readLine(text, 'TCP:');
  const values = new Map<string, number>();
  for (let index = 0; index + 1 < words.length; index += 2) setWhole(values, words[index], words[index + 1]);
  return values;
}

/** /proc/net/netstat and snmp: a line of names, then a line of numbers, both with the same prefix. */
export function parseMib(text: string, prefix: string): Map<string, number> {
  const names = readLine(text, `${prefix}:`);
  const afterNames = text.slice(text.indexOf('\n', findLine(text, `${prefix}:`)));
  const numbers = readLine(afterNames, `${prefix}:`);
  const values = new Map<string, number>();
  for (const [index, name] of names.entries()) setWhole(values, name, numbers[index]);
  return values;
}

/** The words after the prefix on the first line that has it; none where no line has it. */
function readLine(text: string, prefix: string): string[] {
  const start = findLine(text, prefix);
  if (start < 0) return [];
  const end = text.indexOf('\n', start);
  const line = text.slice(start + prefix.length, end < 0 ? undefined : end);
  return line.split(' ').filter((word) => word !== '');
}

/** Where the first line with this prefix begins, or -1. */
function findLine(text: string, prefix: string): number {
  if (text.startsWith(prefix)) return 0;
  const at = text.indexOf(`\n${prefix}`);
  return at < 0 ? -1 : at + 1;
}

/** A number that cannot be the value of a counter, such as a negative one or 2^64 less a few, is left out. */
function setWhole(values: Map<string, number>, name: string | undefined, value: string | undefined): void {
  if (name === undefined || value === undefined || !/^\d+$/.test(value)) return;
  const count = Number(value);
  if (Number.isSafeInteger(count)) values.set(name, count);
}
