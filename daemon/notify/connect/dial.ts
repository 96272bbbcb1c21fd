/**
 * Opens the TCP connection of a channel: from a local port outside the ephemeral range, so that it also opens while a pool
 * or the whole range is used up, and to an address that need not be looked up first.
 */
import { connect, isIP, type Socket } from 'node:net';
import { formatPorts, type LocalPortChoice } from '../../host/local-ports.js';
import { codeOf, messageOf } from '../../errors.js';
import type { AddressBook } from './address-book.js';
import type { OpenedLog } from './opened-log.js';

interface DialTarget {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  /** For everything: the look-up, and every address that is tried. */
  readonly timeoutMs: number;
  /** Ends the attempt. */
  readonly signal?: AbortSignal | undefined;
}

/** Why a connection could not be opened. `code` is that of the system, such as `ECONNREFUSED`. */
export class DialError extends Error {
  readonly phase: 'name' | 'connect' | 'timeout';
  readonly code: string | undefined;
  /** That the ports outside the ephemeral range were taken as well; null where that is not the cause. */
  readonly note: string | null;

  constructor(phase: DialError['phase'], cause: unknown, note: string | null = null) {
    super(messageOf(cause) + (note === null ? '' : `; ${note}`), { cause });
    this.name = 'DialError';
    this.phase = phase;
    this.code = codeOf(cause) ?? undefined;
    this.note = note;
  }
}

/** @throws DialError */
export type Dial = (target: DialTarget) => Promise<Socket>;

interface DialParts {
  readonly book: AddressBook;
  /** Called for each connection, because the range may have changed since the last one. */
  readonly choosePorts: () => LocalPortChoice;
  /** 0 to 1: where the rotation through the ports begins, so that a restart does not meet the ports it has just used. */
  readonly random: () => number;
  readonly opened: OpenedLog;
}

/** An address that does not answer may not use up the time of an address of the other family, which may work. */
const OTHER_FAMILY_MS = 1000;

export function createDial({ book, choosePorts, random, opened }: DialParts): Dial {
  let turn = Math.floor(random() * 0xffff);
  const nextPorts = (): number[] => {
    const { ports } = choosePorts();
    const start = turn++ % Math.max(1, ports.length);
    return [...ports.slice(start), ...ports.slice(0, start)];
  };
  return async (target) => {
    const deadlineMs = performance.now() + target.timeoutMs;
    const attempt = { ...target, deadlineMs, nextPorts, opened };
    const known = await findAddresses(book, target);
    const failure = await tryAddresses(known, attempt, book);
    if (!(failure instanceof DialError)) return failure;
    // The server may have moved since the addresses were looked up.
    const leftMs = deadlineMs - performance.now();
    if (target.signal?.aborted === true || leftMs <= 0 || isIP(target.host) !== 0) throw failure;
    const fresh = await book.refresh(target.host, leftMs).catch(() => []);
    const others = fresh.filter((address) => !known.includes(address));
    const second = others.length === 0 ? failure : await tryAddresses(others, attempt, book);
    if (second instanceof DialError) throw second;
    return second;
  };
}

async function findAddresses(book: AddressBook, { host, timeoutMs }: DialTarget): Promise<readonly string[]> {
  try {
    return await book.find(host, timeoutMs);
  } catch (error) {
    throw new DialError('name', error);
  }
}

interface Attempt extends DialTarget {
  readonly deadlineMs: number;
  readonly nextPorts: () => number[];
  readonly opened: OpenedLog;
}

async function tryAddresses(
  addresses: readonly string[],
  attempt: Attempt,
  book: AddressBook,
): Promise<Socket | DialError> {
  const hasBothFamilies = new Set(addresses.map(isIP)).size > 1;
  let failure = new DialError('timeout', new Error('no time was left to connect'));
  for (const [index, address] of addresses.entries()) {
    const leftMs = attempt.deadlineMs - performance.now();
    if (leftMs <= 0 || attempt.signal?.aborted === true) break;
    const isLast = index === addresses.length - 1;
    const shareMs = leftMs / (addresses.length - index);
    const limitMs = !isLast && hasBothFamilies ? Math.min(OTHER_FAMILY_MS, shareMs) : shareMs;
    const result = await tryPorts(address, attempt, performance.now() + limitMs);
    if (!(result instanceof DialError)) {
      book.prefer(attempt.host, address);
      return result;
    }
    failure = result;
  }
  return failure;
}

/** Tries each local port until one is free. When none is, the kernel is asked for one of the ephemeral range. */
async function tryPorts(address: string, attempt: Attempt, deadlineMs: number): Promise<Socket | DialError> {
  const ports = attempt.nextPorts();
  const options = { address, port: attempt.port, signal: attempt.signal, opened: attempt.opened };
  for (const localPort of ports) {
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) break;
    const result = await connectOnce({ ...options, localPort, limitMs: leftMs });
    if (!(result instanceof DialError) || !isPortRefused(result)) return result;
  }
  const limitMs = Math.max(1, deadlineMs - performance.now());
  const result = await connectOnce({ ...options, localPort: null, limitMs });
  if (!(result instanceof DialError) || ports.length === 0 || result.code !== 'EADDRNOTAVAIL') return result;
  const sorted = ports.toSorted((a, b) => a - b);
  return new DialError('connect', result.cause, `all of the local ports ${formatPorts(sorted)} are taken as well`);
}

/**
 * A port in use fails at the bind (EADDRINUSE), or at the connect when an earlier connection of the same port to the same
 * destination is in TIME_WAIT (EADDRNOTAVAIL). A port may also be forbidden (EACCES at the bind).
 */
function isPortRefused({ cause, code }: DialError): boolean {
  return code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL' || (cause as NodeJS.ErrnoException).syscall === 'bind';
}

interface OneConnect {
  readonly address: string;
  readonly port: number;
  /** Null: the kernel chooses. */
  readonly localPort: number | null;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly opened: OpenedLog;
}

/**
 * libuv binds with SO_REUSEADDR. So a port in TIME_WAIT towards another destination can be used again, a port on which any
 * program listens cannot, and a server that sets SO_REUSEADDR too, as servers do, may later listen on the port.
 */
function connectOnce({ address, port, localPort, limitMs, signal, opened }: OneConnect): Promise<Socket | DialError> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, ...(localPort === null ? {} : { localPort }) });
    opened.note(address, port, socket);
    const finish = (result: Socket | DialError): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      // Without a listener an error of the socket would end the process before its user has added one.
      socket.on('error', () => undefined);
      if (result instanceof DialError) socket.destroy();
      resolve(result);
    };
    const abort = (): void => finish(new DialError('connect', new Error('the connection was given up')));
    const timer = setTimeout(() => finish(new DialError('timeout', new Error('Connection timeout'))), limitMs);
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => finish(socket));
    socket.once('error', (error) => finish(new DialError('connect', error)));
  });
}
