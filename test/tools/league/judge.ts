/** Compares what the daemon stated about a row with what the row's sockets did. Pure. */
import { wheelGranularityMs } from '../../../daemon/host/release-granularity.js';
import type { ClientEvent, ClientStats } from './client.js';
import { SAMPLING_SECONDS, TABLE_HZ, type Row, type Truth } from './row.js';
import type { Account } from './run-row.js';
import type { SeenAlert, SeenPool } from './watch.js';

/**
 * One forecast of the pool under test before the first refused call. Instants are in seconds since the first
 * connection.
 */
interface MadeForecast {
  readonly madeAtS: number;
  readonly exhaustsAtS: number | null;
  /** The stated instant less the true one; null where no instant was stated, or the pool did not run out. */
  readonly errorS: number | null;
  /**
   * Whether it is judged: from the second sample after the last change of the traffic, and where the outcome can be
   * predicted.
   */
  readonly counts: boolean;
  readonly pool: SeenPool;
}

export interface ErrorSummary {
  readonly count: number;
  /** How many of these stated no instant. */
  readonly silent: number;
  readonly medianS: number | null;
  readonly worstS: number | null;
}

export interface Result {
  readonly row: Row;
  /**
   * Seconds from the first connection to the first refused call; null where none was refused while the row was watched.
   */
  readonly failedAtS: number | null;
  readonly failedWith: string | null;
  readonly stats: ClientStats;
  readonly mostUsed: number;
  /** The longest time between two samples while the traffic ran. */
  readonly longestGapS: number;
  readonly granularityLearned: boolean;
  readonly forecasts: readonly MadeForecast[];
  /** Of the judged forecasts; null where nothing was refused. */
  readonly error: ErrorSummary | null;
  /** The same, of the last 30 s before the first refused call only. */
  readonly lastErrors: ErrorSummary | null;
  /** How long before the first refused call the imminent alert fired; negative where it fired after it. */
  readonly leadS: number | null;
  readonly imminentAtS: number | null;
  /** Of a row without a refused call: the first imminent alert that the traffic of that moment did not justify. */
  readonly unjustifiedAtS: number | null;
  /** The other rules that fired. */
  readonly otherRules: readonly string[];
  /** One sentence for each expectation that is not met. */
  readonly faults: readonly string[];
}

/** How far a paced client and the table may differ. */
const TRUTH_TOLERANCE_S = 0.3;
/** In the first samples after a burst the forecast may take it to go on. */
const BURST_SAMPLES = 2;
const LAST_SECONDS = 30;
/** The first TIME_WAIT ends here. From then on the true instant depends on the phase of the timer wheel. */
const FIRST_RELEASE_S = 60;

export function judge(row: Row, { events, sightings }: Account, hz: number): Result {
  const startedAtMs = eventOf(events, 'changed').atMs;
  const ended = eventOf(events, 'ended');
  const failed = events.find((event) => event.event === 'failed');
  const failedAtMs = failed?.atMs ?? null;
  const changesMs = events.filter((event) => event.event === 'changed').map((event) => event.atMs);
  const pools = sightings.flatMap((seen) => seen.pools);
  const forecasts = forecastsOf({ row, hz, pools, startedAtMs, failedAtMs, endedAtMs: ended.atMs, changesMs });
  const alerts = firedAlerts(sightings.flatMap((seen) => seen.alerts));
  const imminent = alerts.filter(({ rule }) => rule === 'imminent').map(firedAtMs);
  const imminentAtMs = imminent[0] ?? null;
  const sinceStartS = (atMs: number | null | undefined): number | null =>
    atMs === null || atMs === undefined ? null : (atMs - startedAtMs) / 1000;
  const failedAtS = failed === undefined ? null : failed.afterMs / 1000;
  const counted = forecasts.filter(({ counts }) => counts);
  const last = counted.filter(({ madeAtS }) => failedAtS !== null && madeAtS >= failedAtS - LAST_SECONDS);
  const seen: Omit<Result, 'faults'> = {
    row,
    failedAtS,
    failedWith: failed?.code ?? null,
    stats: ended,
    mostUsed: Math.max(0, ...forecasts.map(({ pool }) => pool.used)),
    longestGapS: Math.max(0, ...forecasts.slice(1).map(({ madeAtS }, n) => madeAtS - (forecasts[n]?.madeAtS ?? 0))),
    granularityLearned:
      sightings.find(({ pools: [pool] }) => pool !== undefined && sampledMs(pool) > startedAtMs)?.granularityLearned ??
      false,
    forecasts,
    error: failed === undefined ? null : summarise(counted),
    lastErrors: failed === undefined ? null : summarise(last),
    leadS: imminentAtMs === null || failedAtMs === null ? null : (failedAtMs - imminentAtMs) / 1000,
    imminentAtS: sinceStartS(imminentAtMs),
    // Ports would have run out if the traffic had not changed, and no forecast can foresee that it changes.
    unjustifiedAtS: sinceStartS(
      failed === undefined ? imminent.find((atMs) => atMs > startedAtMs + row.menacingUntilS * 1000) : null,
    ),
    otherRules: [...new Set(alerts.map(({ rule }) => rule))].filter((rule) => rule !== 'imminent'),
  };
  return { ...seen, faults: [...truthFaults(seen, hz), ...forecastFaults(seen, hz), ...poolFaults(row, pools)] };
}

/** One sampling interval and one step of the timer wheel. */
export function errorLimitS(hz: number): number {
  return SAMPLING_SECONDS + wheelGranularityMs(FIRST_RELEASE_S * 1000, hz) / 1000;
}

function forecastsOf(seen: {
  row: Row;
  hz: number;
  pools: readonly SeenPool[];
  startedAtMs: number;
  failedAtMs: number | null;
  endedAtMs: number;
  changesMs: readonly number[];
}): MadeForecast[] {
  const { row, startedAtMs, failedAtMs, endedAtMs, changesMs } = seen;
  const fromMs = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso));
  // The event stream repeats a pool with every beat, even without a new sample.
  const samples = new Map<string, SeenPool>();
  for (const pool of seen.pools) {
    const inTime = sampledMs(pool) >= startedAtMs && sampledMs(pool) < (failedAtMs ?? endedAtMs);
    if (isUnderTest(row, pool) && inTime) samples.set(`${pool.remoteAddress} ${pool.sampledAt}`, pool);
  }
  const made = [...samples.values()].sort((a, b) => sampledMs(a) - sampledMs(b));
  const instants = [...new Set(made.map(sampledMs))];
  const decidedMs = startedAtMs + undecidedS(row, seen.hz) * 1000;
  const isBurst = row.streams.some(({ phases }) => phases.some(({ burst = 0 }) => burst > 0));
  let isStated = false;
  return made.map((pool) => {
    // An instant whose probability is below 20% is not stated. Once it is, it must not vanish again.
    isStated ||= pool.exhaustsAt !== null;
    const exhaustsAtMs = fromMs(pool.exhaustsAt);
    const changedMs = Math.max(...changesMs.filter((changeMs) => changeMs <= sampledMs(pool)));
    const sinceChange = instants.filter((atMs) => atMs > changedMs && atMs <= sampledMs(pool)).length;
    return {
      madeAtS: (sampledMs(pool) - startedAtMs) / 1000,
      exhaustsAtS: exhaustsAtMs === null ? null : (exhaustsAtMs - startedAtMs) / 1000,
      errorS: exhaustsAtMs === null || failedAtMs === null ? null : (exhaustsAtMs - failedAtMs) / 1000,
      counts: isStated && sinceChange > (isBurst ? BURST_SAMPLES : 1) && sampledMs(pool) >= decidedMs,
      pool,
    };
  });
}

/**
 * How long a rate near the limit cannot be distinguished from the sustainable rate: until the numbers of closes differ
 * by one. With
 * 1,000 ports and 2.048 s that is 12 s at 16.2/s, and 2.6 s at 16.5/s.
 */
function undecidedS(row: Row, hz: number): number {
  const rate = row.streams[0]?.phases[0]?.perSecond;
  if (!row.warm || rate === undefined) return 0;
  const capacity = row.range[1] - row.range[0] + 1;
  return 1 / Math.abs(rate - capacity / (FIRST_RELEASE_S + wheelGranularityMs(FIRST_RELEASE_S * 1000, hz) / 1000));
}

function summarise(forecasts: readonly MadeForecast[]): ErrorSummary {
  const errors = forecasts.flatMap(({ errorS }) => (errorS === null ? [] : [Math.abs(errorS)])).sort((a, b) => a - b);
  return {
    count: forecasts.length,
    silent: forecasts.length - errors.length,
    medianS: errors[Math.floor((errors.length - 1) / 2)] ?? null,
    worstS: errors.at(-1) ?? null,
  };
}

function truthFaults({ row, failedAtS, failedWith }: Omit<Result, 'faults'>, hz: number): string[] {
  const { truth } = row;
  const dependsOnHz = row.warm || (truth !== 'never' && truth.atS > FIRST_RELEASE_S);
  if (hz !== TABLE_HZ && dependsOnHz) return [];
  const came = failedAtS === null ? 'nothing failed' : `${failedWith ?? ''} after ${failedAtS.toFixed(2)} s`;
  return agrees(truth, failedAtS, failedWith) ? [] : [`truth: ${truthText(truth)} was to come, ${came}`];
}

function agrees(truth: Truth, failedAtS: number | null, failedWith: string | null): boolean {
  if (truth === 'never' || failedAtS === null) return truth === 'never' && failedAtS === null;
  const { atS, untilS = atS } = truth;
  const inTime = failedAtS >= atS - TRUTH_TOLERANCE_S && failedAtS <= untilS + TRUTH_TOLERANCE_S;
  return inTime && failedWith === truth.code;
}

export function truthText(truth: Truth): string {
  if (truth === 'never') return 'never';
  const { code, atS, untilS } = truth;
  const at = untilS === undefined ? `${atS.toFixed(2)} s` : `${atS.toFixed(2)} to ${untilS.toFixed(2)} s`;
  return code === 'EADDRNOTAVAIL' ? at : `${at}, ${code}`;
}

function forecastFaults(seen: Omit<Result, 'faults'>, hz: number): string[] {
  const { row, error, leadS, failedAtS, unjustifiedAtS } = seen;
  if (error === null) {
    if (unjustifiedAtS === null) return [];
    return [`an imminent alert fired after ${unjustifiedAtS.toFixed(1)} s, and nothing failed`];
  }
  // The pool ran out before a second sample, so that no sampled forecast can have warned.
  if (error.count === 0) return [];
  const couldWarn = seen.forecasts.some(({ counts, madeAtS }) => counts && (failedAtS ?? 0) - madeAtS > row.confirmS);
  const isLate = couldWarn && (leadS === null || leadS <= 0);
  const late = isLate ? ['no imminent alert fired before the failure'] : [];
  if (row.alwaysChanging) return late;
  const limitS = errorLimitS(hz);
  const off = seen.forecasts.filter(({ counts, errorS }) => counts && errorS !== null && Math.abs(errorS) > limitS);
  const wrong = `${off.length} of ${error.count} forecasts were off by more than ${limitS.toFixed(2)} s, by up to `;
  return [
    ...late,
    ...(off.length === 0 ? [] : [`${wrong}${(error.worstS ?? 0).toFixed(2)} s`]),
    ...(error.silent === 0 ? [] : [`${error.silent} of ${error.count} forecasts named no instant`]),
  ];
}

function poolFaults(row: Row, pools: readonly SeenPool[]): string[] {
  const seen = pools.filter((pool) => isUnderTest(row, pool));
  if (row.pool === null) return seen.length === 0 ? [] : ['there is a pool, though no TCP connection was made'];
  // A reset leaves no row that a sample could find.
  const hidden = row.streams.every(({ ending }) => ending === 'reset');
  return seen.length > 0 || hidden ? [] : [`no pool of kind ${row.pool.kind} was seen`];
}

/** The program that watches the daemon has a connection to it, and so a pool of its own. */
function isUnderTest(row: Row, pool: SeenPool): boolean {
  if (row.pool?.kind === 'bind') return pool.kind === 'bind';
  return row.streams.some(({ address, port }) => address === pool.remoteAddress && port === pool.remotePort);
}

function firedAlerts(alerts: readonly SeenAlert[]): SeenAlert[] {
  const byId = new Map(alerts.filter(({ firingAt }) => firingAt !== null).map((alert) => [alert.id, alert]));
  return [...byId.values()].sort((a, b) => firedAtMs(a) - firedAtMs(b));
}

const firedAtMs = ({ firingAt }: SeenAlert): number => Date.parse(firingAt ?? '');
const sampledMs = ({ sampledAt }: SeenPool): number => Date.parse(sampledAt);

function eventOf<E extends ClientEvent['event']>(events: readonly ClientEvent[], name: E) {
  const found = events.find((event): event is Extract<ClientEvent, { event: E }> => event.event === name);
  if (found === undefined) throw new Error(`the client never said "${name}": ${JSON.stringify(events)}`);
  return found;
}
