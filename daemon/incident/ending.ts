/** What became of an incident, over all of its pools: which ran out of ports, for how long, and how many calls failed. */
import { capitalize, namePorts } from '../alert/names.js';
import { describeOutagesShortly } from '../alert/outcome.js';
import { endSentence, nameTroublePart } from '../alert/trouble.js';
import type { Outage } from '../outage/outage.js';
import { formatCount } from '../units.js';
import type { Incident, IncidentPool } from './incident.js';
import { nameTopic } from './topic.js';

/** An alert without an incident has no pools. */
type Ended = Pick<Incident, 'lead' | 'pools'>;

/** The outages of all pools, oldest first; null where outages are not followed. */
export function gatherOutages({ lead, pools }: Ended): readonly Outage[] | null {
  const gathered = pools.flatMap(({ outages = [] }) => outages);
  return gathered.length > 0 ? gathered.sort((a, b) => a.fromMs - b.fromMs) : (lead.outages ?? null);
}

/** `ports to 10.0.0.2:443 and 2 more destinations for 29 s, 562 connects failed`; null where none was out. */
export function describeOut({ lead, pools }: Ended): string | null {
  const outages = gatherOutages({ lead, pools }) ?? [];
  const pool = lead.latest ?? lead.raised;
  const [first] = outages;
  if (first === undefined || pool === null) return null;
  const out = pools.filter((each) => (each.outages ?? []).length > 0);
  // The leading pool may have come through while others ran out.
  const named = out.find(({ id }) => id === pool.id) ?? out.find(({ id }) => id === first.poolId);
  const ports = named === undefined || named.id === pool.id ? namePorts(pool) : nameOne(named);
  const length = describeOutagesShortly({ outages }, { kind: named?.kind ?? pool.kind }) ?? '';
  return `${ports}${countOthers(out.length - 1, named ?? pool)} ${length}`;
}

/** Continues the name of a pool: ` and 10 more destinations`; empty where there are no others. */
export function countOthers(others: number, { remoteAddress }: Pick<IncidentPool, 'remoteAddress'>): string {
  const what = remoteAddress === null ? 'pool' : 'destination';
  return others < 1 ? '' : ` and ${formatCount(others)} more ${what}${others === 1 ? '' : 's'}`;
}

/** One sentence about an incident that is over. It has no times, so it reads alike in every time zone. */
export function summarizeEnded({ lead, pools }: Ended): string {
  const { rule, trouble } = lead;
  if (trouble !== undefined) {
    return `${capitalize(nameTroublePart(trouble.part))} did not work as it should: ${endSentence(trouble.message)}`;
  }
  if (rule === 'empty') return 'No local port was usable, so every connect() failed.';
  const pool = lead.latest ?? lead.raised;
  if (pool === null) return 'portcast had no good sample, so an exhaustion would not have been noticed.';
  const out = describeOut({ lead, pools });
  if (out !== null) return `Out of ${out}.`;
  const ports = `${capitalize(namePorts(pool))}${countOthers(pools.length - 1, pool)}`;
  if (gatherOutages({ lead, pools }) === null) return `${ports} were at risk, which is over.`;
  const known = pools.find(({ id }) => id === pool.id);
  const peak =
    known === undefined ? '' : `; at most ${formatCount(known.peakUsed)} of ${formatCount(known.capacity)} were used`;
  return `${ports} did not run out${pools.length > 1 ? '' : peak}.`;
}

function nameOne(pool: IncidentPool): string {
  return nameTopic({ cause: { kind: 'pool', key: pool.id }, pools: [pool] });
}
