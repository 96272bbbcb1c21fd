/** Facts in columns by subject, each with its explanation. */
import type { FactGroup } from '../words/host-facts.js';
import { CodeText } from './code-text.js';
import { memo } from './memo.js';

export function FactGroups({ groups }: { groups: readonly FactGroup[] }) {
  return (
    <div class="fact-groups">
      {groups.map(({ title, facts }) => (
        <div key={title} class="fact-group">
          <h3>{title}</h3>
          <dl>
            {facts.map((fact) => (
              <Fact key={fact.name} {...fact} />
            ))}
          </dl>
        </div>
      ))}
    </div>
  );
}

/** The facts are listed anew with each sample, and seldom change. */
const Fact = memo(function Fact({ name, value, help }: FactGroup['facts'][number]) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd class="fact-value">{value}</dd>
      <dd class="fact-help muted">
        <CodeText text={help} />
      </dd>
    </div>
  );
});
