/** Where the running daemon is, for the commands that only ask it, and what to do when it does not answer. */
import { userInfo } from 'node:os';
import { InvalidArgumentError, type Command } from 'commander';
import { PortcastError } from '../errors.js';
import { SECOND_MS } from '../units.js';
import { addConfigOption, loadConfigFor, type CliIo } from './context.js';
import { NoAnswerError, type DaemonAddress } from './daemon-client.js';
import { locateDaemon, locateDaemonAt } from './daemon-login.js';
import { escapeControls } from './terminal.js';

const TIMEOUT_MS = 5 * SECOND_MS;

export interface DaemonOptions {
  readonly config?: string;
  /** Scheme, host and port, and the base path where there is one; without a slash at the end. */
  readonly url?: string;
}

export function addDaemonOptions(command: Command): Command {
  command.option('--url <url>', 'ask the daemon at this address in place of the configured one', parseUrlArgument);
  return addConfigOption(command);
}

/** @throws PortcastError DAEMON_UNREACHABLE, with the command that starts the daemon, where nothing answers. */
export async function askRunning<T>(
  io: CliIo,
  { url, config }: DaemonOptions,
  ask: (daemon: DaemonAddress) => Promise<T>,
): Promise<T> {
  const place = url === undefined ? locateDaemon(io, loadConfigFor(io, config).config) : locateDaemonAt(io, url);
  return await ask({ ...place, timeoutMs: TIMEOUT_MS, signal: io.signal }).catch((error: unknown) => {
    throw error instanceof NoAnswerError
      ? new PortcastError('DAEMON_UNREACHABLE', `${error.message}. Start it with: portcast run`)
      : error;
  });
}

/** Who gives the command: the name of the user, behind sudo too; null where the system does not know it. */
export function findAuthor({ env }: CliIo, given: string | undefined): string | null {
  const behindSudo = env['SUDO_USER'];
  if (given !== undefined) return given;
  if (behindSudo !== undefined && behindSudo !== '') return behindSudo;
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

function parseUrlArgument(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  const isBare = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const isPath = url !== null && /^\/(?:[\w~.-]+\/?)*$/.test(url.pathname);
  if (isHttp && isBare && isPath) return url.origin + url.pathname.replace(/\/$/, '');
  const allowed = 'an http or https URL without a login, ? and #, such as http://127.0.0.1:9470';
  throw new InvalidArgumentError(`found "${escapeControls(text)}"; allowed ${allowed}.`);
}
