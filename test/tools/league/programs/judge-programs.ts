/** Compares what the daemon stated while real programs ran with what the kernel refused them. Pure. */
import type { SeenPool, Sighting } from '../watch.js';
import type { ProgramRow } from './program-row.js';

/** A connect that failed because no port was free, as the tracepoint shows it. */
export interface FailedCall {
  /** Epoch ms. */
  readonly atMs: number;
  /** As "address:port". */
  readonly destination: string;
  /** The name of the process. */
  readonly name: string;
}

/** What was observed of one run of a row. Instants are in epoch ms. */
export interface ProgramAccount {
  readonly startedAtMs: number;
  /** When the programs printed what marks the start of what must be warned of; null where the row has no such mark. */
  readonly onsetAtMs: number | null;
  readonly failures: readonly FailedCall[];
  /** The lines that the programs printed. */
  readonly printed: readonly string[];
  readonly sightings: readonly Sighting[];
}

/** What portcast stated at one sample of the pool that was used most, for those who read the JSON of a run. */
interface TracePoint extends Pick<SeenPool, 'used' | 'live' | 'closeRate' | 'probability' | 'mode' | 'cause'> {
  /** Seconds since the start of the programs. */
  readonly atS: number;
  /** Seconds until the stated exhaustion; null where none is stated. */
  readonly exhaustsInS: number | null;
  /** The rules whose alerts fire. */
  readonly firing: readonly string[];
}

interface FalseAlarm {
  readonly rule: string;
  /** Seconds since the start of the programs. */
  readonly atS: number;
  readonly summary: string;
}

export interface ProgramResult {
  readonly row: ProgramRow;
  /** Seconds from the start of the programs to the first failed connect by the tracepoint; null where none failed. */
  readonly failedAtS: number | null;
  /** How many connects failed, by the tracepoint and by what the programs print. */
  readonly failed: number;
  readonly printedFailures: number;
  readonly mostUsed: number;
  /**
   * How long before the first failed connect a critical alert of its destination fired, in seconds; negative: after it.
   * Where the row has a mark, how long before it was said without interruption that the ports run out.
   */
  readonly leadS: number | null;
  /** The critical alerts of a row in which nothing failed. */
  readonly falseAlarms: readonly FalseAlarm[];
  /** What portcast last said of the pool that was used most, for the report. */
  readonly said: string;
  readonly trace: readonly TracePoint[];
  /** One sentence for each expectation that is not met. */
  readonly faults: readonly string[];
}

/** From this probability on a forecast says that the ports run out rather than not. */
const MORE_LIKELY_THAN_NOT = 0.5;
const SAYS_UNANSWERED = /answer/i;

export function judgeProgram(row: ProgramRow, account: ProgramAccount): ProgramResult {
  const { startedAtMs, failures, printed, sightings } = account;
  const first = failures.reduce<FailedCall | null>((a, b) => (a === null || b.atMs < a.atMs ? b : a), null);
  const pools = sightings.flatMap((seen) => seen.pools).filter(({ remoteAddress }) => !isLoopback(remoteAddress));
  const mostUsed = Math.max(0, ...pools.map(({ used }) => used));
  const seen: Omit<ProgramResult, 'faults'> = {
    row,
    failedAtS: first === null ? null : (first.atMs - startedAtMs) / 1000,
    failed: failures.length,
    printedFailures: printed.filter((line) => row.prints.test(line)).length,
    mostUsed,
    leadS: first === null ? null : leadSeconds(row, account, first),
    falseAlarms: first === null ? criticalAlerts(account) : [],
    said: pools.findLast(({ used }) => used > mostUsed / 2)?.why ?? '',
    trace: traceOf(
      account,
      pools.find(({ used }) => used === mostUsed),
    ),
  };
  return {
    ...seen,
    faults: [...trafficFaults(seen, printed), ...truthFaults(seen), ...warningFaults(seen, account, pools)],
  };
}

function leadSeconds(
  { onset }: ProgramRow,
  { sightings, onsetAtMs }: ProgramAccount,
  first: FailedCall,
): number | null {
  const warnedAtMs = sightings.find(({ alerts }) =>
    alerts.some(({ destination, ...alert }) => destination === first.destination && isAlarm(alert)),
  )?.atMs;
  if (warnedAtMs === undefined) return null;
  if (onset === null) return (first.atMs - warnedAtMs) / 1000;
  const statedAtMs = statedWithoutInterruptionAtMs(sightings, first);
  if (onsetAtMs === null || statedAtMs === null) return null;
  return (first.atMs - Math.max(warnedAtMs, onsetAtMs, statedAtMs)) / 1000;
}

/** The first of the samples that all said until the failure that the ports of its destination run out. */
function statedWithoutInterruptionAtMs(sightings: readonly Sighting[], first: FailedCall): number | null {
  let sinceMs: number | null = null;
  for (const { atMs, pools } of sightings) {
    const pool = pools.find((each) => destinationOf(each) === first.destination);
    if (pool === undefined || atMs >= first.atMs) continue;
    const stated = pool.exhaustsAt !== null && (pool.probability ?? 0) >= MORE_LIKELY_THAN_NOT;
    sinceMs = stated ? (sinceMs ?? atMs) : null;
  }
  return sinceMs;
}

/** An alert that says before the first failure that the ports of a pool run out. */
function isAlarm({ rule, severity, state }: { rule: string; severity: string; state: string }): boolean {
  return state === 'firing' && (rule === 'imminent' || (rule === 'leak' && severity === 'critical'));
}

/** Every critical alert about a pool, once. `blind` is about portcast itself. */
function criticalAlerts({ sightings, startedAtMs }: ProgramAccount): FalseAlarm[] {
  const seen = new Map<string, FalseAlarm>();
  for (const { atMs, alerts } of sightings) {
    for (const { id, rule, severity, state, summary } of alerts) {
      if (severity !== 'critical' || state !== 'firing' || rule === 'blind' || seen.has(id)) continue;
      seen.set(id, { rule, atS: (atMs - startedAtMs) / 1000, summary });
    }
  }
  return [...seen.values()];
}

function traceOf({ sightings, startedAtMs }: ProgramAccount, traced: SeenPool | undefined): TracePoint[] {
  if (traced === undefined) return [];
  return sightings.flatMap(({ atMs, pools, alerts }) => {
    const pool = pools.find((each) => each.kind === traced.kind && destinationOf(each) === destinationOf(traced));
    if (pool === undefined) return [];
    const { used, live, closeRate, probability, mode, cause, exhaustsAt } = pool;
    const exhaustsInS = exhaustsAt === null ? null : (Date.parse(exhaustsAt) - atMs) / 1000;
    const firing = alerts.filter(({ state }) => state === 'firing').map(({ rule }) => rule);
    return [{ atS: (atMs - startedAtMs) / 1000, used, live, closeRate, probability, mode, cause, exhaustsInS, firing }];
  });
}

function trafficFaults({ row, mostUsed }: Omit<ProgramResult, 'faults'>, printed: readonly string[]): string[] {
  const { usedAtLeast, witness } = row;
  return [
    ...(mostUsed >= usedAtLeast ? [] : [`traffic: ${mostUsed} ports were used at most, ${usedAtLeast} were to be`]),
    ...(witness === null || printed.some((line) => witness.test(line)) ? [] : [`traffic: nobody printed ${witness}`]),
  ];
}

function truthFaults({ row, failed, printedFailures }: Omit<ProgramResult, 'faults'>): string[] {
  const both = `${failed} connects failed by the tracepoint, ${printedFailures} by what the programs print`;
  if (failed > 0 !== printedFailures > 0) return [`truth: ${both}`];
  if (row.expects === 'exhausts') return failed > 0 ? [] : ['truth: no connect failed'];
  return failed === 0 ? [] : [`truth: none was to fail, ${both}`];
}

function warningFaults(
  { row, failed, leadS, falseAlarms }: Omit<ProgramResult, 'faults'>,
  { sightings }: ProgramAccount,
  pools: readonly SeenPool[],
): string[] {
  if (sightings.length === 0) return ['portcast said nothing'];
  const faults = falseAlarms.map(({ rule, atS }) => `false alarm: ${rule} after ${atS.toFixed(1)} s`);
  if (failed > 0) {
    if (leadS === null) faults.push('not warned');
    else if (leadS <= 0) faults.push(`warned ${(-leadS).toFixed(1)} s after the first failed connect`);
    else if (leadS < row.leadAtLeastS)
      faults.push(`warned only ${leadS.toFixed(1)} s before, ${row.leadAtLeastS} s were to be`);
  }
  const saidSo = pools.some(({ cause, why }) => cause === 'unanswered' || SAYS_UNANSWERED.test(why));
  if (row.unanswered && !saidSo) faults.push('it was not said that the other side does not answer');
  return faults;
}

function destinationOf({ remoteAddress, remotePort }: SeenPool): string | null {
  return remoteAddress === null || remotePort === null ? null : `${remoteAddress}:${remotePort}`;
}

/** Load generators and the program that watches the daemon connect to loopback. */
function isLoopback(address: string | null): boolean {
  return address?.startsWith('127.') ?? false;
}
