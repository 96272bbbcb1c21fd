/** The answer at the top of the page of an incident: what, where, since when, how sure it is over, who has it. */
import type { ComponentChildren } from 'preact';
import { formatCount } from '../../../../daemon/units.js';
import type { WireOutage } from '../../../../daemon/wire/outage.js';
import type { IncidentDetails, Silence } from '../../state/incident-types.js';
import { hostNowMs } from '../../state/live.js';
import { describeFailedConnects } from '../../words/forecast-check.js';
import { formatPlural, parseInstant } from '../../words/format.js';
import {
  chooseSeveritySign,
  chooseStateSign,
  describeCause,
  describePeak,
  describeSpan,
  nameAuthor,
} from '../../words/incident.js';
import { Instant } from '../instant.js';
import { SignBadge } from '../sign-badge.js';
import { OperatorOnly } from '../operator-only.js';
import { IncidentActions } from './incident-actions.js';
import { SilenceList } from './silence-list.js';

interface IncidentCardProps {
  readonly incident: IncidentDetails;
  readonly outages: readonly WireOutage[];
  readonly silences: readonly Silence[] | null;
  readonly onChanged: () => void;
}

export function IncidentCard({ incident, outages, silences, onChanged }: IncidentCardProps) {
  const silence = silences?.find(({ id }) => id === incident.silencedBy);
  const tone = incident.state === 'resolved' ? 'calm' : chooseSeveritySign(incident.severity).tone;
  return (
    <section class={`card incident-card tone-${tone}`} aria-label="Summary" data-testid="incident-card">
      <p class="incident-signs">
        <SignBadge sign={chooseSeveritySign(incident.severity)} /> <SignBadge sign={chooseStateSign(incident.state)} />{' '}
        <strong>{describeSpan(incident, hostNowMs.value)}</strong>
      </p>
      <p class="breakable">{incident.summary}</p>
      <Facts incident={incident} outages={outages} />
      {silence !== undefined && <SilenceList silences={[silence]} onEnded={onChanged} />}
      {incident.maintenance != null && (
        <p>
          A maintenance window is open (<code>{incident.maintenance}</code>): nobody is told.
        </p>
      )}
      <OperatorOnly what="Acknowledge, comment and silence">
        <IncidentActions incident={incident} silences={silences} onChanged={onChanged} />
      </OperatorOnly>
    </section>
  );
}

function Facts({ incident, outages }: { incident: IncidentDetails; outages: readonly WireOutage[] }) {
  const { messages, lastMessageAt, nextReminderAt, recurrences, state, acknowledgement, pools } = incident;
  const [lastMs, nextMs] = [parseInstant(lastMessageAt), parseInstant(nextReminderAt)];
  const peak = describePeak(incident);
  const failed = describeFailedConnects(outages);
  return (
    <dl class="incident-facts">
      <Fact name="Cause">
        <span class="breakable">{describeCause(incident)}</span>
      </Fact>
      {peak !== null && <Fact name={pools.length === 1 ? 'Peak' : 'Highest peak'}>{peak} ports</Fact>}
      {failed !== null && (
        <Fact name="Out of ports">
          {outages.length === 1 ? 'once' : `${formatCount(outages.length)} times`}, {failed}
        </Fact>
      )}
      <Fact name="Told">
        {messages === 0 ? 'nobody yet' : `${formatPlural(messages, 'message')} to each recipient`}
        {lastMs !== null && (
          <>
            , the last <Instant ms={lastMs} />
          </>
        )}
      </Fact>
      {state === 'open' && nextMs !== null && (
        <Fact name="Next reminder">
          <Instant ms={nextMs} />
        </Fact>
      )}
      {recurrences > 0 && <Fact name="Came back">{formatPlural(recurrences, 'time')}, without a new message</Fact>}
      {acknowledgement != null && (
        <Fact name="Acknowledged">
          <span class="breakable">by {nameAuthor(acknowledgement.author)}</span>
          {acknowledgement.comment !== '' && <span class="breakable">: {acknowledgement.comment}</span>}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
