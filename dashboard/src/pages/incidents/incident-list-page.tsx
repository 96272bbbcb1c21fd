/** The list of incidents: those that go on first, then those that are over, page by page. */
import { useState } from 'preact/hooks';
import { SECOND_MS } from '../../../../daemon/units.js';
import { IncidentItem } from '../../parts/incident/incident-item.js';
import { SilenceList } from '../../parts/incident/silence-list.js';
import { TestAlert } from '../../parts/incident/test-alert.js';
import { OperatorOnly } from '../../parts/operator-only.js';
import { PageHead } from '../../parts/page-head.js';
import { Empty, Section } from '../../parts/section.js';
import { fetchIncidents, fetchSilences, type IncidentPage } from '../../state/incident-api.js';
import type { Incident, Silence } from '../../state/incident-types.js';
import { sample } from '../../state/live.js';
import { OVERVIEW_HREF } from '../../state/route.js';
import { usePoll } from '../../state/use-poll.js';
import { formatPlural } from '../../words/format.js';

const REFRESH_MS = 5 * SECOND_MS;

export function IncidentListPage() {
  // The last incident of each page before this one.
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const before = cursors.at(-1) ?? null;
  const { open, quiet } = sample.value?.status.incidents ?? { open: 0, quiet: 0 };
  const list = usePoll({
    key: before ?? 'first',
    request: (signal) => fetchIncidents(before, signal),
    everyMs: REFRESH_MS,
    trigger: `${open} ${quiet}`,
  });
  const silenceLoad = usePoll({ key: 'silences', request: fetchSilences, everyMs: REFRESH_MS });
  const silences = silenceLoad.value ?? [];
  const living = silences.filter(({ state }) => state !== 'expired');
  const reload = (): void => {
    silenceLoad.reload();
    list.reload();
  };
  return (
    <>
      <div class="page-top">
        <PageHead
          title="Incidents"
          above={
            <p class="back">
              <a href={OVERVIEW_HREF}>Overview</a>
            </p>
          }
        />
        <OperatorOnly>
          <TestAlert />
        </OperatorOnly>
      </div>
      {list.error !== null && (
        <p class="is-error" role="status">
          The incidents could not be read: {list.error.message}. Retrying.
        </p>
      )}
      {living.length > 0 && (
        <Section id="silences" title="Silences" note={formatPlural(living.length, 'silence')}>
          <SilenceList silences={living} onEnded={reload} />
        </Section>
      )}
      {list.value === null ? (
        list.error === null && (
          <div class="card skeleton incident-skeleton" role="status" aria-label="Loading the incidents" />
        )
      ) : (
        <Lists page={list.value} isFirst={before === null} silences={silences} />
      )}
      {(cursors.length > 0 || list.value?.hasMore === true) && (
        <Pager
          number={cursors.length + 1}
          next={list.value?.hasMore === true ? (list.value.resolved.at(-1)?.id ?? null) : null}
          onNext={(id) => setCursors([...cursors, id])}
          onBack={() => setCursors(cursors.slice(0, -1))}
        />
      )}
    </>
  );
}

function Lists({ page, isFirst, silences }: { page: IncidentPage; isFirst: boolean; silences: readonly Silence[] }) {
  const { open, quiet, resolved, hasMore } = page;
  if (isFirst && open.length + quiet.length + resolved.length === 0) {
    return (
      <Empty>
        There has been no incident. One begins when an alert fires: then it stands here, and the recipients are told.
      </Empty>
    );
  }
  const more = hasMore || !isFirst ? '' : `${resolved.length}`;
  return (
    <>
      <p class="sr-only" role="status">
        {`${formatPlural(open.length, 'open incident')}, ${open.length + quiet.length + resolved.length} on this page`}
      </p>
      {isFirst && open.length === 0 && quiet.length === 0 && <p>No incident is open.</p>}
      <List id="open" title="Open" note={`${open.length}`} incidents={open} silences={silences} />
      <List id="quiet" title="Quiet: perhaps over" note={`${quiet.length}`} incidents={quiet} silences={silences} />
      <List id="resolved" title="Over" note={more} incidents={resolved} silences={silences} />
    </>
  );
}

interface ListProps {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly incidents: readonly Incident[];
  readonly silences: readonly Silence[];
}

function List({ id, title, note, incidents, silences }: ListProps) {
  if (incidents.length === 0) return null;
  return (
    <Section id={id} title={title} note={note} testId={`incidents-${id}`}>
      <ul class="incident-list">
        {incidents.map((incident) => (
          <IncidentItem
            key={incident.id}
            incident={incident}
            silence={silences.find((silence) => silence.id === incident.silencedBy) ?? null}
          />
        ))}
      </ul>
    </Section>
  );
}

interface PagerProps {
  readonly number: number;
  /** The last incident of this page; null on the last one. */
  readonly next: string | null;
  readonly onNext: (id: string) => void;
  readonly onBack: () => void;
}

/** Both buttons stay where they are, so that the focus does too. */
function Pager({ number, next, onNext, onBack }: PagerProps) {
  const top = (act: () => void) => (): void => {
    act();
    scrollTo({ top: 0 });
  };
  return (
    <nav class="pager act-row" aria-label="Pages">
      <button type="button" class="button" aria-disabled={number === 1} onClick={top(() => number > 1 && onBack())}>
        Newer
      </button>
      <span role="status">Page {number}</span>
      <button
        type="button"
        class="button"
        aria-disabled={next === null}
        onClick={top(() => next !== null && onNext(next))}
      >
        Older
      </button>
    </nav>
  );
}
