/** Two network namespaces joined by a veth pair: `client`, where ports run out, and `server`, which listens. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PACKAGE_ROOT } from '../../daemon/paths.js';

export interface LabOptions {
  readonly name: string;
  /** `ip_local_port_range` of the client's namespace. */
  readonly range: readonly [number, number];
  /** Further sysctls of the client's namespace, by path under /proc/sys/net/ipv4. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

/** Every lab uses the same addresses. Its namespaces separate it from all others. */
export const CLIENT_ADDRESS = '10.99.0.1';
export const SERVER_ADDRESS = '10.99.0.2';
/** A second address of the server. */
export const SECOND_SERVER_ADDRESS = '10.99.0.3';

export type Side = 'client' | 'server';

export interface Lab {
  /** Starts a program in one of the two namespaces. It is ended with the lab, or with this process. */
  start(where: Side, argv: readonly string[], env?: Readonly<Record<string, string>>): LabProcess;
  close(): Promise<void>;
}

export interface LabProcess {
  readonly child: ChildProcess;
  readonly lines: string[];
  /**
   * Resolves with the first line that matches, printed before or after the call; rejects when the process ends or the
   * time is over.
   */
  line(pattern: RegExp, timeoutMs: number): Promise<string>;
  exited: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * tcp_rfc1337: on a busy machine a server repeats a FIN whose answer is late, and answers the second answer with a
 * reset. By default that reset ends the client's TIME_WAIT, and a port comes free that would have been held for a
 * minute.
 */
const SYSCTLS = { tcp_tw_reuse: '0', tcp_rfc1337: '1' };

const DIES_WITH_US = ['setpriv', '--pdeathsig', 'KILL', '--'];

/**
 * Makes the two namespaces. They are removed by `close()`, and when this process ends by an error or a signal. What a
 * killed process leaves behind is removed by the next lab on this machine.
 */
export function createLab(options: LabOptions): Lab {
  if (process.getuid?.() !== 0) throw new Error('the lab makes network namespaces: run it as root');
  removeLeftovers();
  const names: Record<Side, string> = {
    client: `pc-${process.pid}-${options.name}-c`,
    server: `pc-${process.pid}-${options.name}-s`,
  };
  const processes: LabProcess[] = [];
  const removeNamespaces = (): void => {
    for (const name of Object.values(names)) if (openNamespaces.delete(name)) ip('netns', 'del', name);
  };
  try {
    joinNamespaces(names);
    const sysctls = { ...SYSCTLS, ip_local_port_range: options.range.join(' '), ...options.sysctls };
    for (const [key, value] of Object.entries(sysctls)) {
      execFileSync('ip', ['netns', 'exec', names.client, 'tee', `/proc/sys/net/ipv4/${key}`], { input: value });
    }
  } catch (error) {
    removeNamespaces();
    throw error;
  }
  return {
    start(where, argv, env = {}) {
      const started = startProcess(['ip', 'netns', 'exec', names[where], ...DIES_WITH_US, ...argv], env);
      processes.push(started);
      return started;
    },
    async close() {
      await Promise.all(processes.map((entry) => entry.stop()));
      removeNamespaces();
    },
  };
}

/** The command line of a TypeScript program under test/. */
export function labScript(name: string): string[] {
  // V8 collects garbage in helper threads by default. On a busy machine they would delay the thread that waits for
  // them.
  return [process.execPath, '--single-threaded-gc', '--import', 'tsx', join(PACKAGE_ROOT, 'test', name)];
}

const openNamespaces = new Set<string>();

function joinNamespaces(names: Record<Side, string>): void {
  guardAgainstEnd();
  for (const name of Object.values(names)) {
    ip('netns', 'add', name);
    openNamespaces.add(name);
  }
  const { client, server } = names;
  ip('link', 'add', 'veth0', 'netns', client, 'type', 'veth', 'peer', 'name', 'veth0', 'netns', server);
  ip('-n', client, 'addr', 'add', `${CLIENT_ADDRESS}/24`, 'dev', 'veth0');
  for (const address of [SERVER_ADDRESS, SECOND_SERVER_ADDRESS]) {
    ip('-n', server, 'addr', 'add', `${address}/24`, 'dev', 'veth0');
  }
  for (const name of Object.values(names)) {
    for (const device of ['veth0', 'lo']) ip('-n', name, 'link', 'set', device, 'up');
  }
}

let guarded = false;
/** A namespace outlives the process that made it, so it is removed on every exit that can be caught. */
function guardAgainstEnd(): void {
  if (guarded) return;
  guarded = true;
  const removeAll = (): void => {
    for (const name of openNamespaces) ip('netns', 'del', name);
    openNamespaces.clear();
  };
  process.once('exit', removeAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      removeAll();
      process.kill(process.pid, signal);
    });
  }
}

/** The name of a namespace contains the pid of its owner. The programs in it ended with their owner. */
function removeLeftovers(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const [, name, owner] = /^(pc-(\d+)-\S+)/.exec(line) ?? [];
    if (name !== undefined && !isRunning(Number(owner))) removeIfThere(name);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Two labs that start together may both try to remove the same leftover. */
function removeIfThere(name: string): void {
  try {
    ip('netns', 'del', name);
  } catch (error) {
    if (ip('netns', 'list').split(/\s/).includes(name)) throw error;
  }
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] });
}

function startProcess(argv: readonly string[], env: Readonly<Record<string, string>>): LabProcess {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  const keep = (line: string): void => {
    lines.push(line);
    for (const listener of listeners) listener(line);
  };
  createInterface({ input: child.stdout }).on('line', keep);
  createInterface({ input: child.stderr }).on('line', keep);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    child,
    lines,
    exited,
    line: (pattern, timeoutMs) => waitForLine({ argv, lines, listeners, exited, pattern, timeoutMs }),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
      const code = await exited;
      clearTimeout(hard);
      return code;
    },
  };
}

function waitForLine(wait: {
  argv: readonly string[];
  lines: readonly string[];
  listeners: Set<(line: string) => void>;
  exited: Promise<number | null>;
  pattern: RegExp;
  timeoutMs: number;
}): Promise<string> {
  const known = wait.lines.find((line) => wait.pattern.test(line));
  if (known !== undefined) return Promise.resolve(known);
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      done();
      const tail = wait.lines.slice(-20).join('\n');
      reject(new Error(`${why} before a line matched ${wait.pattern}: ${wait.argv.join(' ')}\n${tail}`));
    };
    const listener = (line: string): void => {
      if (!wait.pattern.test(line)) return;
      done();
      resolve(line);
    };
    const timer = setTimeout(() => fail(`${wait.timeoutMs} ms passed`), wait.timeoutMs);
    const done = (): void => {
      clearTimeout(timer);
      wait.listeners.delete(listener);
    };
    wait.listeners.add(listener);
    void wait.exited.then((code) => {
      if (wait.listeners.has(listener)) fail(`the process ended with ${code ?? 'a signal'}`);
    });
  });
}

/** A config file that sets only where mail goes. Everything else stays at its default. */
export function writeMailConfig(file: string, smtpPort: number): void {
  const yaml = [
    'mail:',
    '  smtp:',
    '    host: 127.0.0.1',
    `    port: ${smtpPort}`,
    '    security: none',
    '  from: portcast@example.org',
    '  to: [ops@example.org]',
    '',
  ].join('\n');
  writeFileSync(file, yaml);
}
