/** The title and the facts of the mail about an alert that was resolved. */
import type { Alert, Rule } from '../../alert/alert.js';
import { nameFailingCall, namePorts } from '../../alert/names.js';
import { describeOutage, describeOutagesShortly } from '../../alert/outcome.js';
import type { PoolForecast } from '../../forecast/types.js';
import { formatDuration } from '../../units.js';
import { describePool, formatUtc, listOwners, type Fact } from './facts.js';

/** Of several outages the newest are listed. */
const MAX_OUTAGES = 5;

/** Whether the ports ran out comes first: `Resolved: ports to 10.0.0.2:443 did not run out`. */
export function composeResolvedTitle(alert: Alert, pool: PoolForecast | null): string {
  if (pool === null) return `Resolved after ${formatLength(alert)}: portcast was blind`;
  const outages = describeOutagesShortly(alert, pool);
  if (outages !== null) return `Resolved: was out of ${namePorts(pool)} ${outages}`;
  const isForecast = alert.rule === 'imminent' || alert.rule === 'leak';
  if (isForecast && alert.outages !== undefined) return `Resolved: ${namePorts(pool)} did not run out`;
  return `Resolved after ${formatLength(alert)}: ${nameTrouble(alert.rule, pool)}`;
}

function nameTrouble(rule: Rule, pool: PoolForecast): string {
  const ports = namePorts(pool);
  switch (rule) {
    case 'failing':
      return `failing ${nameFailingCall(pool)}`;
    case 'imminent':
      return `imminent exhaustion of ${ports}`;
    case 'leak':
      return `leak of ${ports}`;
    case 'pressure':
      return `pressure on ${ports}`;
    case 'use':
      return `high use of ${ports}`;
    case 'blind':
      return 'portcast was blind';
  }
}

export function listResolvedFacts(alert: Alert, pool: PoolForecast | null): Fact[] {
  const from = alert.firingAtMs ?? alert.pendingAtMs;
  const until = alert.resolvedAtMs ?? alert.lastSeenAtMs;
  const span = { label: 'Lasted', value: `${formatLength(alert)}, from ${formatUtc(from)} to ${formatUtc(until)}` };
  return pool === null ? [span] : [span, ...listOutages(alert, pool), ...describePool(pool), ...listOwners(alert)];
}

/** The outages one by one where there were several: the lead has their sum. */
function listOutages({ outages = [] }: Alert, pool: PoolForecast): Fact[] {
  if (outages.length < 2) return [];
  return outages.slice(-MAX_OUTAGES).map((outage) => ({ label: 'Outage', value: describeOutage(outage, pool) }));
}

function formatLength(alert: Alert): string {
  const from = alert.firingAtMs ?? alert.pendingAtMs;
  return formatDuration(Math.max(0, (alert.resolvedAtMs ?? alert.lastSeenAtMs) - from));
}
