/** What was sent through which channel to whom, and what became of it. */
import { useState } from 'preact/hooks';
import { formatCount } from '../../../../daemon/units.js';
import type { WireSentMessage } from '../../../../daemon/wire/sent-message.js';
import { parseInstant } from '../../words/format.js';
import type { Sign } from '../../words/incident.js';
import { DataTable } from '../data-table.js';
import { Instant } from '../instant.js';
import { MoreButton } from '../more-button.js';
import { SignBadge } from '../sign-badge.js';

const AT_FIRST = 10;
const COLUMNS = ['Recipient', 'What', 'State', 'Written', 'Accepted', 'Attempts'];
const KINDS: Record<string, string> = {
  first: 'it began',
  escalated: 'it became more severe',
  reminder: 'it still goes on',
  resolved: 'it is over',
};
const SIGNS: Record<WireSentMessage['status'], Sign> = {
  sent: { icon: 'check', tone: 'calm', word: 'accepted' },
  waiting: { icon: 'ring', tone: 'warning', word: 'waiting' },
  cancelled: { icon: 'ring', tone: 'calm', word: 'not needed' },
  failed: { icon: 'cross', tone: 'critical', word: 'given up' },
};

export function IncidentDeliveries({ deliveries }: { deliveries: readonly WireSentMessage[] }) {
  const [showsAll, setShowsAll] = useState(false);
  if (deliveries.length === 0) return <p class="muted">No message was written about it.</p>;
  const shown = showsAll ? deliveries : deliveries.slice(0, AT_FIRST);
  const rows = shown.map((delivery) => ({ key: delivery.messageId, cells: listCells(delivery) }));
  return (
    <>
      <DataTable caption="Messages about the incident" columns={COLUMNS} rows={rows} testId="deliveries" />
      <MoreButton count={deliveries.length} limit={AT_FIRST} showsAll={showsAll} onShowAll={setShowsAll} />
    </>
  );
}

function listCells({
  channel,
  recipient,
  kind,
  status,
  createdAt,
  lastAttemptAt,
  attempts,
  lastError,
}: WireSentMessage) {
  const [createdMs, attemptedMs] = [parseInstant(createdAt), parseInstant(lastAttemptAt)];
  const sign = (SIGNS as Record<string, Sign | undefined>)[status];
  return [
    <>
      <span class="breakable">{recipient}</span>
      {channel !== recipient && <span class="origin muted">{channel}</span>}
    </>,
    kind === null ? 'not known any more' : (KINDS[kind] ?? kind),
    <>
      <SignBadge sign={sign ?? { icon: 'question', tone: 'unknown', word: status }} />
      {lastError !== null && <span class="delivery-error breakable">{lastError}</span>}
    </>,
    createdMs === null ? '–' : <Instant ms={createdMs} />,
    status === 'sent' && attemptedMs !== null ? <Instant ms={attemptedMs} /> : '–',
    formatCount(attempts),
  ];
}
