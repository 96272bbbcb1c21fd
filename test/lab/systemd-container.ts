/** A real systemd in a container on an overlay of this host. Needs root, systemd-container and a cgroup2 mount. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../daemon/paths.js';

/** Capabilities that root in a container does not have, but that a process which enters from the host would keep. */
const DROPPED = ['sys_time', 'mknod', 'sys_module', 'sys_rawio', 'sys_boot', 'bpf'].map((name) => `-${name}`).join(',');

const run = promisify(execFile);

export interface Container {
  /** Runs a command inside. @returns its standard output; rejects with `code`, `stdout` and `stderr`. */
  run(...command: string[]): Promise<string>;
  destroy(): Promise<void>;
}

/** Boots systemd on an overlay of this host's files, so that nothing written in it reaches the host. */
export async function bootContainer(): Promise<Container> {
  const folder = mkdtempSync('/var/tmp/portcast-systemd-');
  const cleanups: (() => void)[] = [() => rmdirSync(folder)];
  let shutDown = () => Promise.resolve();
  const destroy = async () => {
    await shutDown();
    for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) cleanup();
  };
  try {
    const mount = (type: string, options: string, place: string) => {
      execFileSync('mount', ['-t', type, '-o', options, type, place]);
      cleanups.push(() => execFileSync('umount', ['--lazy', place]));
    };
    mount('tmpfs', 'size=512m', folder);
    for (const name of ['upper', 'work', 'root']) mkdirSync(join(folder, name));
    const layers = `lowerdir=/,upperdir=${folder}/upper,workdir=${folder}/work`;
    mount('overlay', layers, join(folder, 'root'));
    const cgroup = makeCgroup();
    cleanups.push(() => execFileSync('find', [cgroup, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']));
    const child = startNspawn(join(folder, 'root'), cgroup);
    const exited = new Promise<void>((done) => child.once('exit', () => done()));
    shutDown = async () => {
      // On SIGTERM nspawn shuts the container down. What remains ends with its first process.
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await exited;
      clearTimeout(late);
    };
    const init = await findInit(child);
    const inside = (...command: string[]) => enter(init, command);
    const state = () => inside('systemctl', 'is-system-running').catch((error: unknown) => String(error));
    await waitUntil(async () => /^(running|degraded)/.test(await state()), 30_000);
    return { run: inside, destroy };
  } catch (error) {
    await destroy();
    throw error;
  }
}

async function waitUntil(holds: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${holds.toString()}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

function makeCgroup(): string {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const root = mounts.find((line) => line.split(' ')[2] === 'cgroup2')?.split(' ')[1];
  if (root === undefined) throw new Error('no cgroup2 is mounted: systemd cannot boot in a container');
  const cgroup = join(root, `portcast-lab-${process.pid}`);
  mkdirSync(cgroup);
  return cgroup;
}

function startNspawn(root: string, cgroup: string): ChildProcess {
  // basic.target: the service manager without the services of this host.
  const args = ['--boot', '--register=no', '--keep-unit', '--private-network', '--console=pipe', '--quiet'];
  const binds = [`--bind-ro=${PACKAGE_ROOT}:/opt/portcast`, `--bind-ro=${process.execPath}:/opt/node`];
  const machine = ['--machine=portcast-lab', `--directory=${root}`];
  const command = ['systemd-nspawn', ...machine, ...args, ...binds, '--', '--unit=basic.target', '--show-status=no'];
  // The shell moves itself into the cgroup, then nspawn replaces it.
  return spawn('sh', ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', cgroup, ...command], {
    stdio: 'ignore',
    env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
  });
}

async function findInit(child: ChildProcess): Promise<number> {
  const children = () => {
    const text = readFileSync(`/proc/${String(child.pid)}/task/${String(child.pid)}/children`, 'utf8');
    return text.trim().split(' ').map(Number)[0] ?? 0;
  };
  await waitUntil(() => children() > 0, 15_000);
  return children();
}

async function enter(init: number, command: string[]): Promise<string> {
  const namespaces = ['-t', String(init), '-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w'];
  const drop = ['setpriv', `--bounding-set=${DROPPED}`, `--inh-caps=${DROPPED}`];
  const { stdout } = await run('nsenter', [...namespaces, ...drop, ...command], { timeout: 90_000 });
  return stdout;
}
