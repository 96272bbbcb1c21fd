/** One incident of the list. */
import type { Incident, Silence } from '../../state/incident-types.js';
import { hostNowMs } from '../../state/live.js';
import { buildIncidentHref } from '../../state/route.js';
import { formatPlural, parseInstant } from '../../words/format.js';
import {
  chooseSeveritySign,
  chooseStateSign,
  describeCause,
  describePeak,
  describeSpan,
  listNames,
  nameAuthor,
  writeIncidentHeadline,
} from '../../words/incident.js';
import { sample } from '../../state/live.js';
import { Icon } from '../icon.js';
import { Instant } from '../instant.js';
import { SignBadge } from '../sign-badge.js';

/** The pools that have no port left now, where the incident is open. */
function listExhausted() {
  const pools = sample.value?.pools ?? [];
  return pools.filter(({ mode }) => mode === 'exhausted').map(({ id }) => ({ poolId: id, to: null }));
}

export function IncidentItem({ incident, silence }: { incident: Incident; silence: Silence | null }) {
  const { id, severity, state, pools, messages, acknowledgement } = incident;
  const sign = chooseSeveritySign(severity);
  const peak = describePeak(incident);
  return (
    <li class={`incident-item is-${state} tone-${sign.tone}`} data-testid="incident">
      <p class="incident-signs">
        <SignBadge sign={sign} /> {state !== 'resolved' && <SignBadge sign={chooseStateSign(state)} />}{' '}
        <span class="muted">{describeSpan(incident, hostNowMs.value)}</span>
      </p>
      <h3>
        <a class="breakable" href={buildIncidentHref(id)}>
          {writeIncidentHeadline(incident, listExhausted())}
        </a>
      </h3>
      <p class="muted breakable">
        {pools.length > 1 && `${listNames(pools.map(({ name }) => name))} · `}
        {`${describeCause(incident)} · `}
        {peak !== null && `peak ${peak} ports · `}
        {messages === 0 ? 'nobody told' : `${formatPlural(messages, 'message')} told`}
      </p>
      {(acknowledgement != null || incident.silencedBy != null || incident.maintenance != null) && (
        <p class="incident-hands breakable">
          {acknowledgement != null && (
            <span>
              <Icon name="check" /> acknowledged by {nameAuthor(acknowledgement.author)}
            </span>
          )}
          {incident.silencedBy != null && <SilencedUntil silence={silence} />}
          {incident.maintenance != null && (
            <span>
              <Icon name="level" /> maintenance {incident.maintenance}
            </span>
          )}
        </p>
      )}
    </li>
  );
}

function SilencedUntil({ silence }: { silence: Silence | null }) {
  const endMs = parseInstant(silence?.endAt);
  return (
    <span>
      <Icon name="level" /> silenced
      {endMs !== null && (
        <>
          {' '}
          until <Instant ms={endMs} />
        </>
      )}
    </span>
  );
}
