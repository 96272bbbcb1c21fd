/** Sends a test alert through every channel and shows what each one answered. */
import { useState } from 'preact/hooks';
import { sendTestAlert } from '../../state/incident-api.js';
import type { TestResult } from '../../state/incident-types.js';
import { useAction } from '../../state/use-action.js';
import { ActButton, ActError } from '../act-button.js';
import { Icon } from '../icon.js';

export function TestAlert() {
  const [results, setResults] = useState<readonly TestResult[] | null>(null);
  const action = useAction(sendTestAlert, setResults);
  return (
    <div class="test-alert" data-testid="test-alert">
      <ActButton action={action} busy="Sending…">
        Send a test alert
      </ActButton>
      <ActError action={action} />
      <div role="status">
        {results !== null && action.error === null && !action.isBusy && <Results results={results} />}
      </div>
    </div>
  );
}

function Results({ results }: { results: readonly TestResult[] }) {
  if (results.length === 0) return <p>No channel is configured, so nothing was sent.</p>;
  return (
    <ul class="test-results">
      {results.map(({ channel, recipient, ok, answer }) => (
        <li key={`${channel} ${recipient}`}>
          <span class={`badge tone-${ok ? 'calm' : 'critical'}`}>
            <Icon name={ok ? 'check' : 'cross'} />
            {ok ? 'accepted' : 'failed'}
          </span>{' '}
          <strong class="breakable">{recipient === channel ? channel : `${channel} to ${recipient}`}</strong>{' '}
          <span class="muted breakable">{answer}</span>
        </li>
      ))}
    </ul>
  );
}
