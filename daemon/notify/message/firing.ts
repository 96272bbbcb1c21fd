/** The first two lines of a mail about an alert that fires, and its facts. The first line is the answer. */
import { describeTroubleState, endSentence } from '../../alert/trouble.js';
import { explainTrouble } from './trouble.js';
import type { Alert } from '../../alert/alert.js';
import { countNeededPorts, describeUnanswered, findCause } from '../../alert/demand.js';
import { describeError, formatHowSoon, formatPorts, nameCalls, nameFailingCall, nameUse } from '../../alert/names.js';
import { nameCallers } from '../../alert/summary.js';
import { usedRatio } from '../../alert/rules.js';
import type { PoolForecast } from '../../forecast/types.js';
import { countOthers } from '../../incident/ending.js';
import type { Notice } from '../../incident/incident.js';
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../../units.js';
import {
  describeCertainty,
  describeInstant,
  describeOutageNow,
  describePath,
  describePool,
  type Fact,
} from './facts.js';
import type { LocalTime } from './local-time.js';
import { describeOwners } from './owners.js';

interface FiringInput {
  readonly alert: Alert;
  readonly pool: PoolForecast | null;
  readonly notice: Notice | undefined;
  readonly hostName: string;
  readonly nowMs: number;
  readonly time: LocalTime;
}

/** `web-1 runs out of ports to 10.0.0.2:443 in 42 s`. */
export function composeFiringTitle(input: FiringInput): string {
  return `${beginTitle(input)}${input.hostName} ${composeState(input)}`;
}

/** A reminder and an escalation are told from the first message by it. */
function beginTitle({ notice, nowMs, time }: FiringInput): string {
  if (notice?.kind === 'reminder') return `Open since ${time.formatPast(notice.incident.openedAtMs, nowMs)}: `;
  return notice?.kind === 'escalated' ? 'Worse: ' : '';
}

function composeState({ alert, pool, notice, nowMs, time }: FiringInput): string {
  if (alert.rule === 'empty') return 'cannot open any connection: no local port is usable';
  if (alert.trouble !== undefined) return describeTroubleState(alert.trouble, nowMs - alert.pendingAtMs);
  if (pool === null) return `is not watched: no good sample since ${time.formatTime(alert.pendingAtMs)}`;
  const use = `${nameUse(pool)}${countOthers((notice?.incident.pools.length ?? 1) - 1, pool)}`;
  if (alert.rule === 'failing' || pool.mode === 'exhausted') return `is out of ports ${use}`;
  if (alert.rule === 'pressure') return composePressure(pool, use);
  if (alert.rule === 'use') return `uses ${formatPercent(usedRatio(pool))} of the ports ${use}`;
  if (pool.exhaustsAtMs === null && pool.demandAtLeast === true) return `has ports ${use} again for now`;
  if (pool.exhaustsAtMs === null) return `no longer runs out of ports ${use} at this rate`;
  return `runs out of ports ${use} ${formatHowSoon(pool.exhaustsAtMs, nowMs)}${composeReason(pool)}`;
}

function composePressure(pool: PoolForecast, use: string): string {
  const needed = countNeededPorts(pool) ?? 0;
  if (needed >= pool.capacity) {
    return `needs ${formatPorts(needed)} ${use} at this rate; there are ${formatCount(pool.capacity)}`;
  }
  return `needs ${formatCount(needed)} of ${formatPorts(pool.capacity)} ${use} at this rate`;
}

/** What is unusual about the exhaustion; nothing for closes. */
function composeReason(pool: PoolForecast): string {
  const cause = findCause(pool);
  if (cause === 'unanswered') return ': connects are not answered';
  return cause === 'growth' ? ': connections stay open' : '';
}

/** What it means and what would end it. */
export function composeLead({ alert, pool, time, nowMs }: FiringInput): string {
  if (alert.rule === 'empty') return alert.summary;
  if (alert.trouble !== undefined)
    return `The problem: ${endSentence(alert.trouble.message)} ${explainTrouble(alert.trouble)}`;
  if (pool === null) return 'While portcast cannot read the socket table, ports may run out without a warning.';
  const fails = `${nameFailingCall(pool)} ${describeError(pool)}`;
  if (alert.rule === 'failing' || pool.mode === 'exhausted') {
    return `${fails} until a port comes free.${countFailures(pool)}`;
  }
  if (alert.rule === 'pressure' || alert.rule === 'use') {
    return `Nothing fails yet. When all ports are used, ${fails}.`;
  }
  if (pool.exhaustsAtMs === null)
    return `${formatCount(pool.available)} ports are available. The alert ends when that lasts.`;
  const from = pool.exhaustsAtMs > nowMs ? `From about ${time.formatTime(pool.exhaustsAtMs)} on,` : 'Then';
  return `${from} ${fails}${composeCondition(pool)}`;
}

function countFailures(pool: PoolForecast): string {
  const failed = pool.failedConnects ?? 0;
  if (failed === 0) return '';
  return ` ${formatCount(failed)} ${nameCalls(pool, failed)} failed in the last minute${nameCallers(pool)}.`;
}

function composeCondition(pool: PoolForecast): string {
  switch (findCause(pool)) {
    case 'growth':
      return ', unless connections are closed.';
    case 'unanswered':
      return `. ${describeUnanswered(pool)}.`;
    case 'closes':
    case null:
      return pool.sustainableRate > 0 ? `, unless closes fall below ${formatRate(pool.sustainableRate)}/s.` : '.';
  }
}

export function listFiringFacts({ alert, pool, nowMs, time }: FiringInput): Fact[] {
  if (pool !== null) {
    return [
      pool.mode === 'exhausted' || alert.rule === 'failing'
        ? describeOutageNow(alert.outages ?? [], nowMs, time)
        : describeInstant(pool, nowMs, time),
      ...describeCertainty(pool, nowMs),
      ...describePool(pool),
      ...describeOwners(alert.owners, nowMs),
      describePath(pool),
    ];
  }
  const agoMs = nowMs - alert.pendingAtMs;
  const ago = agoMs < SECOND_MS ? 'just now' : `${formatDuration(agoMs)} ago`;
  return [{ label: 'Since', value: `${time.formatInstant(alert.pendingAtMs)}, ${ago}` }];
}
