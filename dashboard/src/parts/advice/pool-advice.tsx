/** What to do about a pool. The cards are loaded when they are first shown. */
import { useLoaded } from '../../state/use-loaded.js';
import { LoadFailed } from '../load-failed.js';
import { Section } from '../section.js';

const loadCards = async () => (await import('./advice-cards.js')).AdviceCards;

export function PoolAdvice({ id }: { id: string }) {
  const { component: Cards, failed } = useLoaded(loadCards);
  return (
    <Section id="advice" title="What to do" class="advice" testId="pool-advice">
      {Cards !== null && <Cards key={id} id={id} />}
      {failed && <LoadFailed what="The advice" />}
      {Cards === null && !failed && (
        <p class="muted" role="status">
          Loading…
        </p>
      )}
    </Section>
  );
}
