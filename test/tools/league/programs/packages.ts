/** The Debian packages of the programs: which are needed, which are missing, and their installation. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A program that a row starts: the package that has it, and a command that succeeds where it is installed. */
const PROGRAMS = {
  postgresql: { package: 'postgresql', check: ['test', '-d', '/usr/lib/postgresql'] },
  nginx: { package: 'nginx-light', check: ['nginx', '-v'] },
  haproxy: { package: 'haproxy', check: ['haproxy', '-v'] },
  ab: { package: 'apache2-utils', check: ['ab', '-V'] },
  php: { package: 'php-cli', check: ['php', '-v'] },
  phpCurl: { package: 'php-curl', check: ['php', '-r', 'exit(function_exists("curl_init") ? 0 : 1);'] },
  requests: { package: 'python3-requests', check: ['/usr/bin/python3', '-c', 'import requests'] },
  python: { package: 'python3', check: ['/usr/bin/python3', '-V'] },
  redis: { package: 'redis-server', check: ['redis-server', '--version'] },
  java: { package: 'default-jdk-headless', check: ['javac', '-version'] },
} as const;

export type ProgramName = keyof typeof PROGRAMS;

const POSTGRES_ROOT = '/usr/lib/postgresql';
/**
 * Packages start their services by one of these two programs. In a mount namespace of the installation `true` stands in
 * their places, so that no service starts and nothing has to be undone, even after a kill.
 */
const WITHOUT_SERVICES = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  `for starter in /usr/sbin/invoke-rc.d /usr/bin/deb-systemd-invoke; do
     [ ! -e "$starter" ] || mount --bind /bin/true "$starter" || exit 1
   done
   exec apt-get "$@"`,
  'apt-get',
];

/**
 * Installs the packages of the programs that are missing, with apt-get.
 *
 * @throws where this process is not root, there is no apt-get, or it fails
 */
export function installPrograms(names: readonly ProgramName[], say: (line: string) => void): void {
  if (process.getuid?.() !== 0) {
    throw new Error('the league of programs makes network namespaces and installs Debian packages: run it as root');
  }
  const wanted = [...new Set(names)].sort();
  const missing = wanted.filter((name) => !succeeds(PROGRAMS[name].check)).map((name) => PROGRAMS[name].package);
  say(`needs the Debian packages ${wanted.map((name) => PROGRAMS[name].package).join(' ') || '(none)'}`);
  if (missing.length === 0) return;
  if (!succeeds(['apt-get', '--version'])) {
    throw new Error(`install the equivalents of these Debian packages: ${missing.join(' ')}; apt-get is not there`);
  }
  say(`installs with apt-get, without starting their services: ${missing.join(' ')}`);
  runAptGet('update', '-q');
  runAptGet('install', '-y', '-q', '--no-install-recommends', ...missing);
  const absent = wanted.filter((name) => !succeeds(PROGRAMS[name].check));
  if (absent.length > 0) throw new Error(`still missing after apt-get install: ${absent.join(', ')}`);
}

/** The folder of the programs of the newest installed PostgreSQL. */
export function postgresFolder(): string {
  const [newest] = readdirSync(POSTGRES_ROOT).toSorted((a, b) => Number(b) - Number(a));
  if (newest === undefined) throw new Error(`there is no version of PostgreSQL in ${POSTGRES_ROOT}`);
  return join(POSTGRES_ROOT, newest, 'bin');
}

function succeeds([command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function runAptGet(...args: string[]): void {
  const [command = '', ...before] = WITHOUT_SERVICES;
  const { status, error } = spawnSync(command, [...before, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed: ${error?.message ?? `status ${status}`}`);
}
