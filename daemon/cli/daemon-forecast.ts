/** The forecast of the running daemon, where one answers that watches this host and whose sample is fresh. */
import type { PortRange } from '../host/limits.js';
import { messageOf, PortcastError } from '../errors.js';
import { formatDuration, SECOND_MS } from '../units.js';
import type { WirePools } from '../wire/pool.js';
import type { WireStatus } from '../wire/status.js';
import { fetchDocument, fetchStatus, NoAnswerError, type DaemonAddress } from './daemon-client.js';
import { isForecast, isHost } from './forecast-shape.js';
import { escapeControls } from './terminal.js';

/** A recording, or a simulated host in development: such a daemon does not watch this host. */
const NO_REAL_SOURCE = 'recording';
/** An empty document that is fetched without a network. */
const EMPTY_URL = 'data:,';

export interface DaemonQuestion {
  readonly address: DaemonAddress;
  /** The version of this command. A daemon of another version may mean other things by its fields. */
  readonly version: string;
  /** The name of this host, as configured. */
  readonly hostName: string;
  /** The ephemeral range of this host; null where it cannot be read without a source. */
  readonly range: PortRange | null;
  readonly nowMs: () => number;
}

/**
 * `absent`: no daemon runs. `unusable`: one runs, or another server answers at its address, and `why` says why its
 * answer is not used. `why` is safe to print on a terminal.
 */
export type DaemonAnswer =
  | { readonly kind: 'forecast'; readonly forecast: WirePools; readonly ageMs: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly why: string };

export type AskDaemon = (question: DaemonQuestion) => Promise<DaemonAnswer>;

/** Asks the daemon for its status and its pools, each within the time-out of the address. Never throws. */
export async function askDaemon(question: DaemonQuestion): Promise<DaemonAnswer> {
  const { address } = question;
  // Loading the HTTP client of Node takes 0.1 s of CPU, and a second on a busy host: that is not the time of the daemon.
  await fetch(EMPTY_URL).catch(() => undefined);
  try {
    const status = await fetchStatus(address);
    const problem = findStatusProblem(status, question);
    if (problem !== null) return { kind: 'unusable', why: problem };
    const forecast = await fetchDocument(address, '/api/v1/pools', isForecast);
    const ageMs = question.nowMs() - Date.parse(forecast.host.sampledAt ?? '');
    const ageProblem = findAgeProblem(ageMs, status, address.base);
    return ageProblem === null
      ? { kind: 'forecast', forecast, ageMs: Math.max(0, ageMs) }
      : { kind: 'unusable', why: ageProblem };
  } catch (error) {
    if (error instanceof NoAnswerError && error.isRefused) return { kind: 'absent' };
    const why = error instanceof PortcastError ? error.message : `the answer of ${address.base}: ${messageOf(error)}`;
    return { kind: 'unusable', why: escapeControls(why) };
  }
}

/** Why the status of the daemon cannot stand for this host now; null when it can. */
function findStatusProblem(status: WireStatus, question: DaemonQuestion): string | null {
  const daemon = `the daemon at ${question.address.base}`;
  const { version, host, health } = status;
  if (version !== question.version) {
    return `${daemon} is version ${quote(version)}, and this command is version ${question.version}`;
  }
  if (!isHost(host) || typeof status.sampling.maxSampleAgeSeconds !== 'number') {
    return `the server at ${question.address.base} is not portcast: its status lacks fields`;
  }
  if (host.name !== question.hostName) return `${daemon} watches ${quote(host.name)}, not ${question.hostName}`;
  if (host.source === NO_REAL_SOURCE) return `${daemon} watches a recorded or simulated host`;
  const { range } = question;
  if (range !== null && (host.range[0] !== range.first || host.range[1] !== range.last)) {
    return `${daemon} has the port range ${host.range.join('-')}, and this host has ${range.first}-${range.last}`;
  }
  if (health === 'blind') {
    const problems = Array.isArray(status.problems) ? status.problems.map(({ message }) => quote(message)) : [];
    return [`${daemon} has no good sample`, ...problems].join(': ');
  }
  return null;
}

/** A sample from the future is as wrong as an old one: the clock was set back since. */
function findAgeProblem(ageMs: number, { sampling }: WireStatus, base: string): string | null {
  if (Number.isNaN(ageMs)) return `the daemon at ${base} has no sample yet`;
  const maxMs = sampling.maxSampleAgeSeconds * SECOND_MS;
  if (Math.abs(ageMs) <= maxMs) return null;
  const limit = `and ${formatDuration(maxMs)} is the most`;
  if (ageMs > 0) return `the newest sample of the daemon at ${base} is ${formatDuration(ageMs)} old, ${limit}`;
  return `the newest sample of the daemon at ${base} is ${formatDuration(-ageMs)} in the future, ${limit}`;
}

function quote(text: unknown): string {
  return typeof text === 'string' ? escapeControls(text).slice(0, 200) : '(no text)';
}
