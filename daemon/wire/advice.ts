/** What to do: `portcast advice --json`, `GET /api/v1/advice` and `GET /api/v1/pools/:id/advice`. */
import type { PoolAdvice } from '../advice/advise.js';
import { describeEffect } from '../advice/build-remedy.js';
import type { HostAdvice } from '../advice/host-advice.js';
import { MYTHS, type Myth } from '../advice/myths.js';
import type { Check, CodeSample, Remedy, RemedyStatus } from '../advice/effect.js';
import type { Signature } from '../advice/signatures.js';
import type { PoolForecast } from '../forecast/types.js';
import type { HostPlatform } from '../host/limits.js';
import { DAY_MS, isoOrNull, SECOND_MS } from '../units.js';
import { round } from './rounding.js';

/** One remedy. Commands and samples are empty where there are none. */
export interface WireRemedy {
  name: string;
  title: string;
  detail: string;
  status: RemedyStatus;
  /** Why it only delays, or does nothing; null where it helps. */
  reason: string | null;
  /** The computed effect as a sentence. */
  effect: string;
  /** What exhaustion becomes: `never`, `later` at `exhaustsAt`, or `unknown`. */
  exhaustion: 'never' | 'later' | 'unknown';
  exhaustsAt: string | null;
  secondsToExhaustion: number | null;
  /** Where use settles, as a share of `ports`. */
  pressure: number | null;
  ports: number | null;
  sustainableRate: number | null;
  cost: string;
  risk: string;
  appliesTo: string;
  commands: string[];
  /** The commands that keep it over a reboot, and those that restore what is set now. */
  persist: string[];
  undo: string[];
  verify: { text: string; command: string | null; expected: string | null };
  code: CodeSample[];
}

export interface WireProgram {
  name: string;
  title: string;
  /** `known` by a process name, `asked` for, or `likely`: several programs have that process name. */
  certainty: 'known' | 'asked' | 'likely';
  process: string | null;
  defaults: string;
  switch: string;
  code: CodeSample[];
}

interface WireDescriptorUse {
  pid: number;
  name: string;
  open: number | null;
  limit: number | null;
  why: string | null;
  secondsToLimit: number | null;
  secondsToPorts: number | null;
  text: string;
}

export interface WirePoolAdvice {
  pool: Pick<
    PoolForecast,
    'id' | 'kind' | 'namespace' | 'localAddress' | 'remoteAddress' | 'remotePort' | 'capacity' | 'used' | 'mode' | 'why'
  >;
  sampledAt: string;
  exhaustsAt: string | null;
  platform: HostPlatform;
  summary: string;
  assumes: string;
  signatures: (Omit<Signature, 'remedies'> & { remedies: string[] })[];
  remedies: WireRemedy[];
  /** What is often advised and does nothing here, each with its `reason`. */
  useless: WireRemedy[];
  programs: WireProgram[];
  /** Who holds the connections, the one with the most first; `share` is that of the live ones, 0 for an earlier owner. */
  holders: { pid: number; name: string; share: number; seenAt: string | null }[];
  /** Since when the pool has an alert; null where it has none. */
  since: string | null;
  descriptors: WireDescriptorUse[];
  myths: Myth[];
}

export interface WireAdvice {
  summary: string;
  sampledAt: string | null;
  /** What a destination that is not in use yet could take. */
  newDestination: { ports: number; sustainableRate: number };
  /** The pools at risk, worst first, at most 10; `poolsAtRisk` counts all. */
  pools: Omit<WirePoolAdvice, 'myths'>[];
  poolsAtRisk: number;
  /** What the host shows beside its pools. */
  signatures: WirePoolAdvice['signatures'];
  /** What raises the limit of every destination. */
  general: WireRemedy[];
  myths: Myth[];
}

const MAX_HOLDERS = 20;

export function poolAdviceToWire(advice: PoolAdvice): WirePoolAdvice {
  return { ...adviceToWire(advice), myths: [...MYTHS] };
}

export function hostAdviceToWire(advice: HostAdvice): WireAdvice {
  const { summary, sampledAtMs, newDestination, pools, poolsAtRisk, signatures, general } = advice;
  return {
    summary,
    sampledAt: isoOrNull(sampledAtMs),
    newDestination: { ports: newDestination.ports, sustainableRate: round(newDestination.sustainableRate, 3) },
    pools: pools.map(adviceToWire),
    poolsAtRisk,
    signatures: signatures.map(signatureToWire),
    general: general.map((remedy) => remedyToWire(remedy, null)),
    myths: [...MYTHS],
  };
}

function adviceToWire(advice: PoolAdvice): Omit<WirePoolAdvice, 'myths'> {
  const { forecast, signatures, remedies, useless, programs, descriptors, platform, summary, assumes } = advice;
  const { id, kind, namespace, localAddress, remoteAddress, remotePort, capacity, used, mode, why } = forecast;
  const toWire = (remedy: Remedy): WireRemedy => remedyToWire(remedy, forecast.sampledAtMs);
  return {
    pool: { id, kind, namespace, localAddress, remoteAddress, remotePort, capacity, used, mode, why },
    sampledAt: new Date(forecast.sampledAtMs).toISOString(),
    exhaustsAt: isoOrNull(forecast.exhaustsAtMs),
    platform,
    summary,
    assumes,
    signatures: signatures.map(signatureToWire),
    remedies: remedies.map(toWire),
    useless: useless.map(toWire),
    programs: programs.map(({ name, title, certainty, process, defaults, switch: change, code }) => {
      return { name, title, certainty, process, defaults, switch: change, code: [...code] };
    }),
    holders: advice.owners.slice(0, MAX_HOLDERS).map(({ pid, name, confidence, seenAtMs }) => {
      return { pid, name, share: round(confidence, 3), seenAt: isoOrNull(seenAtMs ?? null) };
    }),
    since: isoOrNull(advice.sinceMs),
    descriptors: descriptors.map((use) => ({
      ...use,
      secondsToLimit: round(use.secondsToLimit, 1),
      secondsToPorts: round(use.secondsToPorts, 1),
    })),
  };
}

function signatureToWire(signature: Signature): WirePoolAdvice['signatures'][number] {
  return { ...signature, remedies: [...signature.remedies] };
}

/** @param sampledAtMs when its effect begins; null where no instant can be stated. */
function remedyToWire(remedy: Remedy, sampledAtMs: number | null): WireRemedy {
  const { name, title, detail, status, reason, cost, risk, appliesTo, verify } = remedy;
  const { secondsToExhaustion: seconds, pressure, ports, sustainableRate } = remedy;
  const isStated = status !== 'does_nothing' || pressure !== null;
  return {
    name,
    title,
    detail,
    status,
    reason,
    effect: isStated ? describeEffect(remedy) : 'changes nothing here',
    exhaustion: seconds !== null ? 'later' : pressure !== null ? 'never' : 'unknown',
    exhaustsAt: sampledAtMs === null ? null : findInstant(sampledAtMs, seconds),
    secondsToExhaustion: round(seconds, 2),
    pressure: round(pressure, 4),
    ports,
    sustainableRate: round(sustainableRate, 3),
    cost,
    risk,
    appliesTo,
    commands: [...(remedy.commands ?? [])],
    persist: [...(remedy.persist ?? [])],
    undo: [...(remedy.undo ?? [])],
    verify: checkToWire(verify),
    code: [...(remedy.code ?? [])],
  };
}

/** Null where it is later than a year: no rate is known for so long. */
function findInstant(fromMs: number, seconds: number | null): string | null {
  const afterMs = (seconds ?? Infinity) * SECOND_MS;
  return afterMs <= 366 * DAY_MS ? isoOrNull(Math.round(fromMs + afterMs)) : null;
}

function checkToWire({ text, command, expected }: Check): WireRemedy['verify'] {
  return { text, command: command ?? null, expected: expected ?? null };
}
