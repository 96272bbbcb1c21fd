/** Lines of trace_pipe as Linux 6.18 printed them, and a tracefs of plain files. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface TraceFields {
  readonly comm?: string;
  readonly thread?: number;
  readonly at?: string;
  readonly family?: string;
  readonly sport?: number;
  readonly saddr?: string;
  readonly daddr?: string;
  readonly to?: string;
}

/** A bind that failed with EADDRINUSE. */
export const BIND_LINE = '         python3-10464   [001] ..... 10310.148490: sys_bind -> 0xffffffffffffff9e\n';

/** The files that the kernel makes in each new instance. */
const INSTANCE_FILES = [
  'trace_clock',
  'buffer_size_kb',
  'trace_pipe',
  'events/enable',
  'events/sock/inet_sock_set_state/filter',
  'events/sock/inet_sock_set_state/enable',
  'events/syscalls/sys_exit_bind/filter',
  'events/syscalls/sys_exit_bind/enable',
];

/** A connect from 10.77.0.1 to 10.77.0.2:7000 that failed because no port was free, unless the fields say otherwise. */
export function connectLine(fields: TraceFields = {}): string {
  const { comm = 'python3', thread = 10_464, at = '10309.537832', family = 'AF_INET', sport = 0 } = fields;
  const { saddr = '::ffff:10.77.0.1', daddr = '::ffff:10.77.0.2', to = 'TCP_CLOSE' } = fields;
  return (
    `${comm.padStart(16)}-${thread}   [001] ..... ${at}: inet_sock_set_state: family=${family} protocol=IPPROTO_TCP ` +
    `sport=${sport} dport=7000 saddr=0.0.0.0 daddr=0.0.0.0 saddrv6=${saddr} daddrv6=${daddr} oldstate=TCP_SYN_SENT newstate=${to}\n`
  );
}

export interface FakeTracefs {
  /** The mount point. */
  readonly root: string;
  readonly procRoot: string;
  /** The folder of an instance. */
  instance(name: string): string;
  /** Makes the folder of an instance with its files, as mkdir in a real tracefs does. */
  addInstance(name: string): void;
  /** The content of a file of an instance. */
  read(name: string, file: string): string;
  /** Adds a thread of a process to /proc, in the network namespace `net`. */
  addThread(thread: number, process: { pid: number; name: string; net: string }): void;
  remove(): void;
}

/** A tracefs and a /proc of plain files. The process that reads them is in the network namespace `net:[1]`. */
export function createFakeTracefs(): FakeTracefs {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-tracefs-'));
  const root = join(folder, 'tracing');
  const procRoot = join(folder, 'proc');
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const instance = (name: string): string => join(root, 'instances', name);
  mkdirSync(join(procRoot, 'thread-self/ns'), { recursive: true });
  symlinkSync('net:[1]', join(procRoot, 'thread-self/ns/net'));
  return {
    root,
    procRoot,
    instance,
    addInstance(name) {
      for (const file of INSTANCE_FILES) put(join(instance(name), file), '');
    },
    read: (name, file) => readFileSync(join(instance(name), file), 'utf8'),
    addThread(thread, { pid, name, net }) {
      const threadFolder = join(procRoot, String(thread));
      put(join(threadFolder, 'comm'), `${name}\n`);
      put(join(threadFolder, 'status'), `Name:\t${name}\nTgid:\t${pid}\n`);
      mkdirSync(join(threadFolder, 'ns'));
      symlinkSync(net, join(threadFolder, 'ns/net'));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
