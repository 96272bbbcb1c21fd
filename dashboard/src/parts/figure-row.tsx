/** Key figures side by side. */
import type { Figure } from '../words/figures.js';
import { memo } from './memo.js';

export function FigureRow({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map((figure) => (
        <FigureItem key={figure.name} {...figure} />
      ))}
    </dl>
  );
}

/** The explanation is in the title. */
const FigureItem = memo(function FigureItem({ name, value, of, help }: Figure) {
  return (
    <div title={help}>
      <dt>{name}</dt>
      <dd>
        <span class="figure">{value}</span> {of !== null && <span class="muted">{of}</span>}
      </dd>
    </div>
  );
});
