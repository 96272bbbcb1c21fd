/** The mail about the end: the whole story of the incident, whether the ports ran out first. */
import type { Alert } from '../../alert/alert.js';
import { findCause } from '../../alert/demand.js';
import { capitalize, nameUse } from '../../alert/names.js';
import { countFailed } from '../../alert/outcome.js';
import { endSentence, nameTroublePart } from '../../alert/trouble.js';
import type { PoolForecast } from '../../forecast/types.js';
import { countOthers, describeOut, gatherOutages } from '../../incident/ending.js';
import type { IncidentPool, MadeForecast, Notice } from '../../incident/incident.js';
import type { Outage } from '../../outage/outage.js';
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../../units.js';
import { describePath, formatInterval, type Fact } from './facts.js';
import type { LocalTime } from './local-time.js';
import { describeOwners } from './owners.js';

/** Of several outages the newest are listed. */
const MAX_OUTAGES = 5;
/** Samples are not this far apart, and an alert ends a minute after its pool has left the table. */
const GONE_AFTER_MS = 45 * SECOND_MS;

/** What became of an incident, from its beginning to its end. */
interface Story {
  readonly alert: Alert;
  readonly pool: PoolForecast | null;
  /** The leading pool as the incident knows it; null without an incident. */
  readonly known: IncidentPool | null;
  /** All pools of the incident; empty without one. */
  readonly pools: readonly IncidentPool[];
  readonly beganMs: number;
  readonly endedMs: number;
  /** Of all its pools, oldest first; null where outages are not followed. */
  readonly outages: readonly Outage[] | null;
  readonly time: LocalTime;
}

export function tellStory(alert: Alert, pool: PoolForecast | null, { notice, time }: StoryContext): Story {
  const incident = notice?.incident;
  const pools = incident?.pools ?? [];
  const openedMs = incident?.openedAtMs ?? alert.firingAtMs ?? alert.pendingAtMs;
  const known = pools.find(({ id }) => id === alert.poolId) ?? null;
  return {
    alert,
    pool,
    known,
    pools,
    // What is wrong with portcast is told since when it was wrong, as in the first message, not since when it was told.
    beganMs: pool === null ? Math.min(openedMs, alert.pendingAtMs) : openedMs,
    endedMs: incident?.quietSinceMs ?? alert.resolvedAtMs ?? alert.lastSeenAtMs,
    outages: gatherOutages({ lead: alert, pools }),
    time,
  };
}

interface StoryContext {
  readonly notice: Notice | undefined;
  readonly time: LocalTime;
}

/** `Over: web-1 was out of ports to 10.0.0.2:443 for 29 s, 562 connects failed`. */
export function composeResolvedTitle(story: Story, hostName: string): string {
  const { alert, pool, pools, outages } = story;
  const out = describeOut({ lead: alert, pools });
  if (alert.rule === 'empty') return `Over: ${hostName} can open connections again`;
  if (alert.trouble !== undefined)
    return `Over: ${nameTroublePart(alert.trouble.part)} of portcast on ${hostName} works again`;
  if (pool === null) return `Over: portcast sees the ports of ${hostName} again`;
  if (out !== null) return `Over: ${hostName} was out of ${out}`;
  const use = `${nameUse(pool)}${countOthers(pools.length - 1, pool)}`;
  if (outages === null) return `Over: ${hostName} has ports ${use} again`;
  return `Over: ${hostName} did not run out of ports ${use}`;
}

/** Whether it was warned of in time, and how it stands now. */
export function composeResolvedLead(story: Story): string {
  const { pool, beganMs, endedMs } = story;
  const lasted = formatDuration(Math.max(0, endedMs - beganMs));
  const { trouble } = story.alert;
  if (trouble !== undefined) return `It lasted ${lasted}. The problem was: ${endSentence(trouble.message)}`;
  if (pool === null) return `It lasted ${lasted}.`;
  const now = isGone(story)
    ? `No connection is left ${nameUse(pool)}.`
    : `In use now: ${formatCount(pool.used)} of ${formatCount(pool.capacity)} ports${namePlace(story, pool)}.`;
  return `${describeWarning(story) ?? `It lasted ${lasted}`}. ${now}`;
}

/** ` to 10.0.0.2:443` beside a figure of the leading pool; empty where there is no other. */
function namePlace({ pools }: Pick<Story, 'pools'>, pool: PoolForecast): string {
  return pools.length > 1 ? ` ${nameUse(pool)}` : '';
}

/** Whether the pool was no longer in the table at the end: its newest forecast is then old. */
export function isGone({ alert, pool }: Pick<Story, 'alert' | 'pool'>): boolean {
  return pool !== null && (alert.resolvedAtMs ?? alert.lastSeenAtMs) - pool.sampledAtMs > GONE_AFTER_MS;
}

export function listResolvedFacts(story: Story): Fact[] {
  const { alert, pool, beganMs, endedMs, time } = story;
  const lasted = formatDuration(Math.max(0, endedMs - beganMs));
  const span = { label: 'Lasted', value: `${lasted}, ${time.formatSpan(beganMs, endedMs)}` };
  if (pool === null) return [span];
  return [
    span,
    ...listOutages(story, pool),
    ...listPeak(story, pool),
    ...listForecast(story),
    ...listChanges(story, pool),
    ...describeOwners(alert.owners, endedMs),
    describePath(pool),
  ];
}

function describeWarning({ pools, outages }: Story): string | null {
  const [first] = outages ?? [];
  if (first === undefined) return null;
  if (first.warnedMs === null) return 'No warning came before';
  const before = formatDuration(Math.max(SECOND_MS, Math.round(first.warnedMs / SECOND_MS) * SECOND_MS));
  return `Warned ${before} before the ${pools.length > 1 ? 'first ' : ''}ports ran out`;
}

/** When the ports were out, and the failed calls, which are called an estimate where they are one. */
function listOutages({ outages, pools, time }: Story, pool: PoolForecast): Fact[] {
  if (outages === null || outages.length === 0) return [];
  const count = `${formatCount(outages.length)}, of which the last ${MAX_OUTAGES} are listed`;
  const several = outages.length > MAX_OUTAGES ? [{ label: 'Outages', value: count }] : [];
  const listed = outages.slice(-MAX_OUTAGES).map((outage) => {
    const of = pools.find(({ id }) => id === outage.poolId);
    const failed = countFailed(outage, { kind: of?.kind ?? pool.kind });
    const name = of === undefined || pools.length === 1 ? '' : `${of.name}, `;
    return {
      label: 'Out of ports',
      value: `${name}${time.formatSpan(outage.fromMs, outage.lastMs)}, ${failed}${explainCount(outage)}`,
    };
  });
  return [...several, ...listed];
}

function explainCount({ failedConnects, isEstimated }: Outage): string {
  if (failedConnects === null) return '';
  return isEstimated ? ' (estimated, not counted)' : ' (counted)';
}

function listPeak({ known, pools, time }: Story, pool: PoolForecast): Fact[] {
  if (known === null || known.capacity <= 0) return [];
  const { peakUsed, peakAtMs, capacity, lastCapacity = capacity } = known;
  const limit = Math.max(capacity, lastCapacity);
  const at = peakAtMs === undefined ? '' : `, at ${time.formatTime(peakAtMs)}`;
  const share = formatPercent(peakUsed / limit);
  return [
    {
      label: 'Peak',
      value: `${formatCount(peakUsed)} of ${formatCount(limit)} ports${namePlace({ pools }, pool)} used (${share})${at}`,
    },
  ];
}

/** What the first forecast had said against what came, and what the last one before it had said. */
function listForecast({ known, outages, time }: Story): Fact[] {
  const forecasts = known?.forecasts;
  if (forecasts === undefined || outages === null) return [];
  const { first, last } = forecasts;
  const outage = outages.find(({ poolId }) => poolId === known?.id);
  const said = `At ${time.formatTime(first.madeAtMs)} it said ${time.formatClock(first.exhaustsAtMs)}${formatInterval(first, time)}`;
  if (outage === undefined) return [{ label: 'Forecast', value: `${said}, which did not come` }];
  const more = last.madeAtMs === first.madeAtMs ? '' : `; the last one before: ${compare(last, outage.fromMs)}`;
  return [{ label: 'Forecast', value: `${said}: ${compare(first, outage.fromMs)}${more}` }];
}

/** `right to the second`, `4 s too early, inside the 90%`. */
function compare({ exhaustsAtMs, earliestAtMs, latestAtMs }: MadeForecast, realMs: number): string {
  const isInside = earliestAtMs !== null && realMs >= earliestAtMs && (latestAtMs === null || realMs <= latestAtMs);
  const inside = earliestAtMs === null ? '' : isInside ? ', inside the 90%' : ', outside of the 90%';
  const seconds = Math.round((exhaustsAtMs - realMs) / SECOND_MS);
  if (seconds === 0) return `right to the second${inside}`;
  return `${formatDuration(Math.abs(seconds) * SECOND_MS)} too ${seconds < 0 ? 'early' : 'late'}${inside}`;
}

/** What changed between the alert and its end: the limit, and the rate at which ports were taken. */
function listChanges({ alert, known }: Story, pool: PoolForecast): Fact[] {
  if (isGone({ alert, pool })) return [];
  const changes: string[] = [];
  const capacity = known?.capacity ?? alert.raised?.capacity ?? pool.capacity;
  const lastCapacity = known?.lastCapacity ?? pool.capacity;
  if (capacity !== lastCapacity) {
    changes.push(
      `the limit ${lastCapacity > capacity ? 'rose' : 'fell'} from ${formatCount(capacity)} to ${formatCount(lastCapacity)} ports`,
    );
  }
  const { raised } = alert;
  const [before, after] = [raised?.closeRate ?? null, pool.closeRate];
  if (raised !== null && findCause(raised) === 'growth') {
    if (pool.live < raised.live)
      changes.push(`open connections fell from ${formatCount(raised.live)} to ${formatCount(pool.live)}`);
  } else if (before !== null && after !== null && after < before / 2) {
    changes.push(`closes fell from ${formatRate(before)}/s to ${formatRate(after)}/s`);
  }
  return changes.length === 0 ? [] : [{ label: 'Changed', value: capitalize(changes.join('; ')) }];
}
