/** Tells screen readers of alerts that begin to fire: politely, and at once where a pool is out of ports. Each alert once. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { sample } from '../state/live.js';
import { announceAlerts } from '../words/announcement.js';

interface Said {
  readonly polite: string;
  readonly assertive: string;
  /** A new element is announced also where its text is the same as before. */
  readonly count: number;
}

export function Announcer() {
  const [said, setSaid] = useState<Said>({ polite: '', assertive: '', count: 0 });
  const firing = useRef<ReadonlySet<string> | null>(null);
  const alerts = sample.value?.status.alerts;
  useEffect(() => {
    if (alerts === undefined) return;
    const next = announceAlerts(alerts, firing.current);
    firing.current = next.firing;
    if (next.polite === '' && next.assertive === '') return;
    setSaid(({ count }) => ({ polite: next.polite, assertive: next.assertive, count: count + 1 }));
  }, [alerts]);
  const { polite, assertive, count } = said;
  return (
    <div class="sr-only" data-testid="announcer">
      <div role="status">{polite !== '' && <span key={count}>{polite}</span>}</div>
      <div role="alert">{assertive !== '' && <span key={count}>{assertive}</span>}</div>
    </div>
  );
}
