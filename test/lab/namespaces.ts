/** Two network namespaces joined by a veth pair: `client`, where ports run out, and `server`, which listens. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface LabOptions {
  readonly name: string;
  /** `ip_local_port_range` of the client's namespace. */
  readonly range: readonly [number, number];
  /** Further sysctls of the client's namespace, by path under /proc/sys/net/ipv4. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

export interface Lab {
  readonly clientAddress: string;
  readonly serverAddress: string;
  /** Starts a program in one of the two namespaces; it is ended with the lab at the latest. */
  start(where: 'client' | 'server', argv: readonly string[], env?: Readonly<Record<string, string>>): LabProcess;
  /** Runs a program to its end and gives its standard output. */
  run(where: 'client' | 'server', argv: readonly string[]): string;
  close(): Promise<void>;
}

export interface LabProcess {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Resolves with the first line that matches, past or to come; rejects when the process ends or time is up. */
  line(pattern: RegExp, timeoutMs: number): Promise<string>;
  exited: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export function createLab(options: LabOptions): Lab {
  if (process.getuid?.() !== 0) throw new Error('the lab makes network namespaces: run it as root');
  const names = { client: `pc-${options.name}-c`, server: `pc-${options.name}-s` };
  const addresses = { client: '10.99.0.1', server: '10.99.0.2' };
  const veth = { client: `v${options.name}c`, server: `v${options.name}s` };
  for (const side of ['client', 'server'] as const) ip('netns', 'add', names[side]);
  ip(
    'link',
    'add',
    veth.client,
    'netns',
    names.client,
    'type',
    'veth',
    'peer',
    'name',
    veth.server,
    'netns',
    names.server,
  );
  for (const side of ['client', 'server'] as const) {
    ip('-n', names[side], 'addr', 'add', `${addresses[side]}/24`, 'dev', veth[side]);
    ip('-n', names[side], 'link', 'set', veth[side], 'up');
    ip('-n', names[side], 'link', 'set', 'lo', 'up');
  }
  const sysctls = { ip_local_port_range: options.range.join(' '), tcp_tw_reuse: '0', ...options.sysctls };
  for (const [key, value] of Object.entries(sysctls)) {
    execFileSync('ip', ['netns', 'exec', names.client, 'tee', `/proc/sys/net/ipv4/${key}`], { input: value });
  }

  const processes: LabProcess[] = [];
  return {
    clientAddress: addresses.client,
    serverAddress: addresses.server,
    start(where, argv, env = {}) {
      const started = startProcess(['ip', 'netns', 'exec', names[where], ...argv], env);
      processes.push(started);
      return started;
    },
    run: (where, argv) => ip('netns', 'exec', names[where], ...argv),
    async close() {
      await Promise.all(processes.map((entry) => entry.stop()));
      for (const name of Object.values(names)) ip('netns', 'del', name);
    },
  };
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', timeout: 20_000 });
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

/** A config file that sets nothing but where mail goes: everything else stays at its default. */
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
