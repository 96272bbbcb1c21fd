/** What happened in an incident, from its beginning to now. */
import type { WireOutage } from '../../../../daemon/wire/outage.js';
import type { IncidentDetails } from '../../state/incident-types.js';
import { hostNowMs } from '../../state/live.js';
import { listTimeline } from '../../words/timeline.js';
import { CodeText } from '../code-text.js';
import { Icon } from '../icon.js';
import { Instant } from '../instant.js';

interface IncidentTimelineProps {
  readonly incident: IncidentDetails;
  readonly outages: readonly WireOutage[];
}

export function IncidentTimeline({ incident, outages }: IncidentTimelineProps) {
  return (
    <ol class="timeline" data-testid="timeline">
      {listTimeline(incident, outages, hostNowMs.value).map(({ key, atMs, icon, title, text, quote }) => (
        <li key={key}>
          <span class="timeline-sign">
            <Icon name={icon} />
          </span>
          <div class="timeline-text">
            <p>
              <span class="muted">
                <Instant ms={atMs} />
              </span>{' '}
              <strong class="breakable">{title}</strong>
            </p>
            {text !== '' && (
              <p class="muted breakable">
                <CodeText text={text} />
              </p>
            )}
            {quote !== null && <blockquote class="breakable">{quote}</blockquote>}
          </div>
        </li>
      ))}
    </ol>
  );
}
