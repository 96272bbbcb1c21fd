/**
 * A command of the operator: it gets the document on its standard input, and tells by its exit status whether it has taken it.
 * No shell is involved, and no string of the host is an argument or a variable.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { messageOf } from '../../errors.js';
import type { Channel, OutboxMessage, SendOutcome } from '../../notify-contracts.js';
import { NO_DOCUMENT } from '../message/document.js';
import type { WireNotification } from '../../wire/notification.js';
import { cleanLine } from '../message/sanitize.js';

export interface ExecOptions {
  /** The absolute path of the program, then its arguments. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/** sysexits.h: the command asks for another attempt. It gets one after every other failure too. */
const EX_TEMPFAIL = 75;
/** Of what it prints, for the error. The rest is read and dropped, so that it does not wait for room in the pipe. */
const MAX_OUTPUT_BYTES = 4096;
const MAX_QUOTED = 200;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function createExecChannel(options: ExecOptions): Channel {
  const running = new Set<ChildProcessWithoutNullStreams>();
  return {
    send: (message) => runCommand(options, message, running),
    selfTest: () => testCommand(options),
    close() {
      for (const child of running) killGroup(child);
    },
  };
}

/** Whether the program may be run by this user; running it could send something. */
async function testCommand({ command: [program = ''] }: ExecOptions): Promise<SendOutcome> {
  try {
    await access(program, constants.X_OK);
    return { ok: true, response: 'may be run' };
  } catch (error) {
    return { ok: false, retry: true, error: `${program} cannot be run: ${messageOf(error)}` };
  }
}

function runCommand(
  { command, timeoutMs }: ExecOptions,
  message: OutboxMessage,
  running: Set<ChildProcessWithoutNullStreams>,
): Promise<SendOutcome> {
  const [program = '', ...args] = command;
  const { document } = message;
  if (document == null) return Promise.resolve(NO_DOCUMENT);
  return new Promise((resolve) => {
    const env = createEnvironment(JSON.parse(document) as WireNotification);
    let child: ChildProcessWithoutNullStreams;
    try {
      // A process group of its own, so that its children can be killed with it.
      child = spawn(program, args, { cwd: '/', env, detached: true });
    } catch (error) {
      resolve({ ok: false, retry: true, error: `${program} cannot be started: ${messageOf(error)}` });
      return;
    }
    running.add(child);
    const output = collectOutput(child);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      killGroup(child);
    }, timeoutMs);
    const finish = (outcome: SendOutcome): void => {
      clearTimeout(timer);
      running.delete(child);
      // What it leaves behind in its group would add up, and may hold the pipes open.
      killGroup(child);
      for (const pipe of child.stdio) pipe?.destroy();
      resolve(outcome);
    };
    child.on('error', (error) => {
      finish({ ok: false, retry: true, error: `${program} cannot be started: ${messageOf(error)}` });
    });
    child.on('exit', (code, signal) => {
      // What it printed last is read before the pipes are closed.
      setImmediate(() => finish(judgeExit(program, { code, signal, isLate, timeoutMs }, output())));
    });
    // A command that does not read its input closes the pipe: only its exit status counts.
    child.stdin.on('error', () => undefined);
    child.stdin.end(document);
  });
}

/** Kills the command and its children. */
function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}

/** Words of portcast itself and ids, but no text that comes from the host: those are in the document. */
function createEnvironment(notification: WireNotification): NodeJS.ProcessEnv {
  const { kind, severity, state, incidentId, messageId } = notification;
  return {
    PATH,
    LANG: 'C.UTF-8',
    PORTCAST_KIND: kind,
    PORTCAST_SEVERITY: severity ?? '',
    PORTCAST_STATE: state ?? '',
    PORTCAST_INCIDENT_ID: (incidentId ?? '').replace(/[^\w.:%-]/g, '_'),
    PORTCAST_MESSAGE_ID: messageId,
  };
}

/** @returns what it has printed until the call, standard output and standard error in their order of arrival. */
function collectOutput(child: ChildProcessWithoutNullStreams): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      if (length < MAX_OUTPUT_BYTES) chunks.push(chunk.subarray(0, MAX_OUTPUT_BYTES - length));
      length += chunk.length;
    });
    stream.on('error', () => undefined);
  }
  return () => cleanLine(Buffer.concat(chunks).toString('utf8'), MAX_QUOTED);
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly isLate: boolean;
  readonly timeoutMs: number;
}

/** Every failure is tried again for a week, because an operator can mend a script. */
function judgeExit(program: string, { code, signal, isLate, timeoutMs }: Exit, output: string): SendOutcome {
  const said = output === '' ? '' : `: ${output}`;
  if (isLate) return { ok: false, retry: true, error: `${program} was killed after ${timeoutMs} ms${said}` };
  if (code === 0) return { ok: true, response: `exit status 0${said}` };
  const end = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit status ${code}`;
  const asked = code === EX_TEMPFAIL ? ' (try again later)' : '';
  return { ok: false, retry: true, error: `${program} ${end}${asked}${said}` };
}
