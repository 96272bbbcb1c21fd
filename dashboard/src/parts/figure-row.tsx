/** Key figures side by side. */
import type { Figure } from '../words/figures.js';

/** The explanation of each figure is in its title. */
export function FigureRow({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ name, value, of, help }) => (
        <div key={name} title={help}>
          <dt>{name}</dt>
          <dd>
            <span class="figure">{value}</span> {of !== null && <span class="muted">{of}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
