/** Facts in columns by subject, each with its explanation. */
import type { FactGroup } from '../words/host-facts.js';
import { CodeText } from './code-text.js';

export function FactGroups({ groups }: { groups: readonly FactGroup[] }) {
  return (
    <div class="fact-groups">
      {groups.map(({ title, facts }) => (
        <div key={title} class="fact-group">
          <h3>{title}</h3>
          <dl>
            {facts.map(({ name, value, help }) => (
              <div key={name} class="fact">
                <dt>{name}</dt>
                <dd class="fact-value">{value}</dd>
                <dd class="fact-help muted">
                  <CodeText text={help} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </div>
  );
}
