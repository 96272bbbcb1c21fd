/** Why each recipient was told or not. */
import { useState } from 'preact/hooks';
import { formatCount } from '../../../../daemon/units.js';
import type { IncidentDetails } from '../../state/incident-types.js';
import { hostNowMs } from '../../state/live.js';
import { groupDecisions, type DecisionGroup } from '../../words/decisions.js';
import { formatInstant, formatPlural } from '../../words/format.js';
import { CodeText } from '../code-text.js';
import { Icon } from '../icon.js';
import { Instant } from '../instant.js';
import { MoreButton } from '../more-button.js';

const LINES_AT_FIRST = 8;

export function IncidentDecisions({ incident: { alerts, decisions } }: { incident: IncidentDetails }) {
  const rules = new Map(alerts.map(({ id, rule }) => [id, rule]));
  const groups = groupDecisions(decisions, (alertId) => rules.get(alertId ?? '') ?? null);
  if (groups.length === 0) return <p class="muted">Nothing has been decided yet.</p>;
  return (
    <div class="decisions" data-testid="decisions">
      {groups.map((group) => (
        <Group key={group.recipient ?? ''} group={group} />
      ))}
    </div>
  );
}

function Group({ group: { recipient, told, held, lines } }: { group: DecisionGroup }) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? lines : lines.slice(0, LINES_AT_FIRST);
  return (
    <div class="decision-group">
      <h3>
        <span class="breakable">{recipient ?? 'Every recipient'}</span>{' '}
        <span class="muted">{describeCounts(told, held)}</span>
      </h3>
      <ul>
        {shown.map((line) => (
          <li key={line.key} class={line.isTold ? 'is-told' : 'is-held'}>
            <span class="decision-sign">
              <Icon name={line.isTold ? 'check' : 'level'} />
            </span>
            <span class="muted decision-time">
              <Instant ms={line.fromMs} />
              {line.count > 1 && ` to ${formatInstant(line.toMs, hostNowMs.value)}`}
            </span>
            <span class="breakable">
              <CodeText text={line.text} />
              {line.count > 1 && <span class="muted"> ({formatCount(line.count)} decisions)</span>}
            </span>
          </li>
        ))}
      </ul>
      <MoreButton count={lines.length} limit={LINES_AT_FIRST} showsAll={showsAll} onShowAll={setShowsAll} />
    </div>
  );
}

function describeCounts(told: number, held: number): string {
  const parts = [
    ...(told === 0 ? [] : [`told ${formatPlural(told, 'time')}`]),
    ...(held === 0 ? [] : [`held back ${formatPlural(held, 'time')}`]),
  ];
  return parts.join(', ');
}
