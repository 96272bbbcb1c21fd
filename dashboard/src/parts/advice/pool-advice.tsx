/** What to do about a pool. The cards are loaded when they are first shown. */
import { useEffect, useState } from 'preact/hooks';
import type { ComponentType } from 'preact';
import { Section } from '../section.js';

type Cards = ComponentType<{ readonly id: string }>;

export function PoolAdvice({ id }: { id: string }) {
  const [loaded, setLoaded] = useState<{ readonly cards: Cards | null; readonly failed: boolean }>({
    cards: null,
    failed: false,
  });
  useEffect(() => {
    import('./advice-cards.js').then(
      ({ AdviceCards }) => setLoaded({ cards: AdviceCards, failed: false }),
      () => setLoaded({ cards: null, failed: true }),
    );
  }, []);
  const { cards: Loaded, failed } = loaded;
  return (
    <Section id="advice" title="What to do" class="advice" testId="pool-advice">
      {Loaded !== null ? (
        <Loaded key={id} id={id} />
      ) : (
        <p class="muted" role="status">
          {failed ? 'The advice could not be loaded: portcast was updated, or does not answer.' : 'Loading…'}
        </p>
      )}
    </Section>
  );
}
