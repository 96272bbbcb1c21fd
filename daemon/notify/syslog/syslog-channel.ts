/** One record in the log of the system, or of a log server, for each message. */
import { stat } from 'node:fs/promises';
import { messageOf } from '../../errors.js';
import type { Channel, SendOutcome } from '../../notify-contracts.js';
import { SECOND_MS } from '../../units.js';
import { NO_DOCUMENT } from '../message/document.js';
import type { WireNotification } from '../../wire/notification.js';
import { sendUnixDatagram } from './datagram-native.js';
import type { Dial } from '../connect/dial.js';
import { sendToServer, type SyslogServer } from './network.js';
import { formatJournal, formatLocal, formatSyslog } from './record.js';

export interface SyslogOptions {
  /** `journal` speaks the protocol of systemd-journald, `local` that of syslog(3). */
  readonly target: { readonly kind: 'journal' | 'local'; readonly path: string } | SyslogServer;
}

const TIMEOUT_MS = 10 * SECOND_MS;

export function createSyslogChannel({ target }: SyslogOptions, dial: Dial): Channel {
  const stop = new AbortController();
  return {
    async send({ document }): Promise<SendOutcome> {
      if (document == null) return NO_DOCUMENT;
      const problem = await write(target, JSON.parse(document) as WireNotification, { dial, signal: stop.signal });
      return problem === null ? { ok: true, response: 'written' } : { ok: false, retry: true, error: problem };
    },
    // A log server says nothing, so there is nothing to try.
    ...('path' in target ? { selfTest: () => testSocket(target.path) } : {}),
    ...('host' in target && target.protocol === 'tcp' ? { server: { host: target.host, port: target.port } } : {}),
    close: () => stop.abort(),
  };
}

async function testSocket(path: string): Promise<SendOutcome> {
  try {
    if ((await stat(path)).isSocket()) return { ok: true, response: 'the socket is there' };
    return { ok: false, retry: true, error: `${path} is not a socket` };
  } catch (error) {
    return { ok: false, retry: true, error: `the log cannot be reached: ${messageOf(error)}` };
  }
}

async function write(
  target: SyslogOptions['target'],
  notification: WireNotification,
  limit: { readonly dial: Dial; readonly signal: AbortSignal },
): Promise<string | null> {
  if ('protocol' in target)
    return sendToServer(target, formatSyslog(notification, process.pid), { timeoutMs: TIMEOUT_MS, ...limit });
  const record =
    target.kind === 'journal' ? formatJournal(notification) : Buffer.from(formatLocal(notification, process.pid));
  return sendUnixDatagram(target.path, record);
}
