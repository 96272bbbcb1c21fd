/** One remedy: its effect first, then what to do, how to verify and to undo it, what it costs, and code. */
import type { WireRemedy } from '../../../../daemon/wire/advice.js';
import { cutCommands } from '../../../../daemon/wire/remedy-text.js';
import { writeEffect } from '../../words/advice.js';
import { Behind } from '../behind.js';
import { Icon } from '../icon.js';
import { CodeSamples } from './code-samples.js';
import { CommandLine } from './command-line.js';

export function RemedyCard({ remedy, number }: { remedy: WireRemedy; number: number }) {
  const { name, title, status, effect, commands, verify, cost, risk, appliesTo, code, undo, persist } = remedy;
  const rest = cutCommands(remedy);
  const badge = findBadge(name, status);
  return (
    <li class="card remedy" data-testid={`remedy-${name}`}>
      <h3>
        <span class="remedy-number">{number}.</span> {title}{' '}
        <span class={`badge tone-${badge.tone}`}>
          <Icon name={badge.tone === 'calm' ? 'check' : 'alert'} />
          {badge.word}
        </span>
      </h3>
      <p class="remedy-effect">{writeEffect(effect)}</p>
      {rest !== '' && <p>{rest}</p>}
      {commands.map((command) => (
        <CommandLine key={command} command={command} />
      ))}
      <dl class="remedy-facts">
        <dt>Verify</dt>
        <dd>
          {verify.text}
          {verify.command !== null && (
            <>
              {' '}
              <code>{verify.command}</code>
              {verify.expected !== null && <span class="muted"> shows {verify.expected}</span>}
            </>
          )}
        </dd>
        <dt>Cost</dt>
        <dd>{cost}</dd>
        <dt>Risk</dt>
        <dd>{risk}</dd>
        <dt>For</dt>
        <dd>{appliesTo}</dd>
      </dl>
      {undo.length + persist.length > 0 && (
        <Behind
          title="Undo it, or keep it over a reboot"
          testId={`undo-${name}`}
          content={() => (
            <>
              <Commands title="Undo" commands={undo} />
              <Commands title="Keep over a reboot" commands={persist} />
            </>
          )}
        />
      )}
      {code.length > 0 && (
        <Behind title="Code" testId={`code-${name}`} content={() => <CodeSamples name={name} samples={code} />} />
      )}
    </li>
  );
}

/** What may lose data is never shown as something that just helps. */
function findBadge(name: string, status: WireRemedy['status']): { tone: string; word: string } {
  if (name === 'so_linger') return { tone: 'critical', word: 'can lose data' };
  return status === 'delays' ? { tone: 'warning', word: 'only delays it' } : { tone: 'calm', word: 'helps' };
}

function Commands({ title, commands }: { title: string; commands: readonly string[] }) {
  if (commands.length === 0) return null;
  return (
    <>
      <p class="remedy-label">{title}</p>
      {commands.map((command) => (
        <CommandLine key={command} command={command} />
      ))}
    </>
  );
}
