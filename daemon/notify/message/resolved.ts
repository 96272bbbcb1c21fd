/** The title and the facts of the mail about an alert that was resolved. */
import type { Alert, Rule } from '../../alert/alert.js';
import { nameFailingCall, namePorts } from '../../alert/names.js';
import { describeOutage, describeOutagesShortly } from '../../alert/outcome.js';
import type { PoolForecast } from '../../forecast/types.js';
import { formatDuration } from '../../units.js';
import { describePool, formatUtc, type Fact } from './facts.js';
import { WAS_WITHOUT_PORT } from './no-port.js';
import { describeOwners } from './owners.js';

/** Of several outages the newest are listed. */
const MAX_OUTAGES = 5;
const WAS_BLIND = 'portcast was blind';

/** Whether the ports ran out comes first: `Resolved: ports to 10.0.0.2:443 did not run out`. */
export function composeResolvedTitle(alert: Alert, pool: PoolForecast | null): string {
  if (pool === null) {
    const trouble = alert.rule === 'empty' ? WAS_WITHOUT_PORT : WAS_BLIND;
    return `Resolved after ${formatLength(alert)}: ${trouble}`;
  }
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
    case 'empty':
      return WAS_WITHOUT_PORT;
    case 'blind':
      return WAS_BLIND;
  }
}

export function listResolvedFacts(alert: Alert, pool: PoolForecast | null): Fact[] {
  const from = alert.firingAtMs ?? alert.pendingAtMs;
  const until = alert.resolvedAtMs ?? alert.lastSeenAtMs;
  const span = { label: 'Lasted', value: `${formatLength(alert)}, from ${formatUtc(from)} to ${formatUtc(until)}` };
  if (pool === null) return [span];
  return [span, ...listOutages(alert, pool), ...describePool(pool), ...describeOwners(alert.owners, until)];
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
