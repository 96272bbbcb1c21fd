/** The O(1) counters of a network namespace: sockstat, TcpExt and Tcp (kernel rule 18). Pure parsers and one reader. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostCounters } from '../../host/counters.js';

export type CounterValues = Omit<HostCounters, 'takenAtMs' | 'monotonicMs'>;

/** What a system without these files can tell. */
export const NO_COUNTERS: CounterValues = {
  inUse: null,
  orphan: null,
  timeWait: null,
  alloc: null,
  tw: null,
  twRecycled: null,
  twKilled: null,
  twOverflow: null,
  activeOpens: null,
  passiveOpens: null,
  currEstab: null,
};

/** The counters of the calling thread's network namespace; a file that is absent or odd leaves its counters null. */
export function readLinuxCounters(procRoot: string): CounterValues {
  const read = (name: string): string => {
    try {
      return readFileSync(join(procRoot, 'thread-self/net', name), 'latin1');
    } catch {
      return '';
    }
  };
  const sockstat = parseSockstat(read('sockstat'));
  const tcpExt = parseMib(read('netstat'), 'TcpExt');
  const tcp = parseMib(read('snmp'), 'Tcp');
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

/** The TCP line of /proc/net/sockstat: names and numbers in turn. */
export function parseSockstat(text: string): Map<string, number> {
  const words = lineAfter(text, 'TCP:');
  const values = new Map<string, number>();
  for (let index = 0; index + 1 < words.length; index += 2) setWhole(values, words[index], words[index + 1]);
  return values;
}

/** /proc/net/netstat and snmp: a line of names, then a line of numbers, both with the same prefix. */
export function parseMib(text: string, prefix: string): Map<string, number> {
  const names = lineAfter(text, `${prefix}:`);
  const numbers = lineAfter(text.slice(text.indexOf('\n', startOfLine(text, `${prefix}:`))), `${prefix}:`);
  const values = new Map<string, number>();
  for (const [index, name] of names.entries()) setWhole(values, name, numbers[index]);
  return values;
}

function lineAfter(text: string, prefix: string): string[] {
  const start = startOfLine(text, prefix);
  if (start < 0) return [];
  const end = text.indexOf('\n', start);
  const line = text.slice(start + prefix.length, end < 0 ? undefined : end);
  return line.split(' ').filter((word) => word !== '');
}

function startOfLine(text: string, prefix: string): number {
  if (text.startsWith(prefix)) return 0;
  const at = text.indexOf(`\n${prefix}`);
  return at < 0 ? -1 : at + 1;
}

function setWhole(values: Map<string, number>, name: string | undefined, value: string | undefined): void {
  if (name !== undefined && value !== undefined && /^-?\d+$/.test(value)) values.set(name, Number(value));
}
