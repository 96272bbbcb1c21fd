/**
 * Reads between two beats the few counters that show whether ports are being taken. The files stay open, so a reading is
 * a system call of 2 to 12 us. The files belong to the network namespace in which they were opened.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { GlanceReader } from '../../dump-contracts.js';
import { parseMib, parseSockstat } from './counters.js';
import { PROC_FILES, PROC_ROOT } from './proc-paths.js';

/** More than the longest of the files has. A longer one would be cut, and its last counters would be missing. */
const MAX_BYTES = 8192;

/**
 * The counters of the calling thread's namespace. That is also the namespace of the source worker, because a new thread
 * is in the namespace of the thread that starts it.
 */
export function openGlanceReader(procRoot: string = PROC_ROOT): GlanceReader {
  const sockstat = openCounter(join(procRoot, PROC_FILES.sockstat), (text) => {
    const counters = parseSockstat(text);
    return addKnown(counters.get('inuse'), counters.get('tw'));
  });
  const sockstat6 = openCounter(join(procRoot, PROC_FILES.sockstat6), (text) => parseInUse6(text));
  const snmp = openCounter(join(procRoot, PROC_FILES.snmp), (text) => parseMib(text, 'Tcp').get('ActiveOpens') ?? null);
  return {
    readHeldPorts() {
      const held = sockstat.read();
      // The file is absent where the kernel has no IPv6. Its `tw` is part of the other file.
      return held === null ? null : held + (sockstat6.read() ?? 0);
    },
    readActiveOpens: () => snmp.read(),
    close() {
      for (const counter of [sockstat, sockstat6, snmp]) counter.close();
    },
  };
}

/** `inuse` of the TCP6 line of /proc/net/sockstat6. */
function parseInUse6(text: string): number | null {
  const inUse = /^TCP6: inuse (\d+)/m.exec(text)?.[1];
  return inUse === undefined ? null : Number(inUse);
}

function addKnown(a: number | undefined, b: number | undefined): number | null {
  return a === undefined || b === undefined ? null : a + b;
}

/** One number of a file, which is opened now. A file that still has the same bytes is not parsed again. */
function openCounter(path: string, parse: (text: string) => number | null) {
  let bytes = Buffer.alloc(MAX_BYTES);
  let last = Buffer.alloc(MAX_BYTES);
  let lastLength = 0;
  let value: number | null = null;
  const fd = openOrNull(path);
  return {
    /** Null when the file cannot be read. */
    read(): number | null {
      if (fd === null) return null;
      try {
        const length = readSync(fd, bytes, 0, MAX_BYTES, 0);
        if (length === lastLength && bytes.compare(last, 0, length, 0, length) === 0) return value;
        value = parse(bytes.toString('latin1', 0, length));
        [bytes, last, lastLength] = [last, bytes, length];
        return value;
      } catch {
        return null;
      }
    },
    close(): void {
      if (fd !== null) closeSync(fd);
    },
  };
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    return null;
  }
}
