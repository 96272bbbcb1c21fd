/** Every setting of the kernel that matters for ports: its value, its default, since when, and what it means here. */
import { SECOND_MS } from '../../../../daemon/units.js';
import type { WireSetting, WireSettings } from '../../../../daemon/wire/setting.js';
import { ChangeList } from '../../parts/changes/change-list.js';
import { Icon } from '../../parts/icon.js';
import { PageHead } from '../../parts/page-head.js';
import { Section } from '../../parts/section.js';
import { fetchChanges, fetchSettings } from '../../state/change-api.js';
import { hostNowMs } from '../../state/live.js';
import { usePoll } from '../../state/use-poll.js';
import { capitalize } from '../../words/format.js';
import {
  describeDefault,
  describeSince,
  formatSettingValue,
  groupSettings,
  signDefault,
} from '../../words/settings.js';
import '../../styles/settings.css';

const REFRESH_MS = 10 * SECOND_MS;
const CHANGES_LIMIT = 50;

export function SettingsPage() {
  const { value, error } = usePoll({ key: 'settings', request: fetchSettings, everyMs: REFRESH_MS });
  return (
    <main class="settings-page" data-testid="settings-page">
      <PageHead title="Settings seen" />
      {error !== null && (
        <p class="is-error" role="status">
          The settings could not be read: {error.message}. Retrying.
        </p>
      )}
      {value !== null && <Settings settings={value} />}
      <Changes />
    </main>
  );
}

function Settings({ settings: { host, kernel, settings, problems } }: { settings: WireSettings }) {
  const changed = settings.filter(({ isDefault }) => isDefault === false).length;
  return (
    <>
      <p class="muted">
        {host}
        {kernel === null ? '' : `, Linux ${kernel}`}. {summarize(changed)}
      </p>
      {problems.map((problem) => (
        <p key={problem} class="is-error">
          {problem}
        </p>
      ))}
      {groupSettings(settings).map(({ group, title, settings: own }) => (
        <Section key={group} id={`settings-${group}`} title={title}>
          <ul class="settings-list">
            {own.map((setting) => (
              <li key={setting.name}>
                <Setting setting={setting} />
              </li>
            ))}
          </ul>
        </Section>
      ))}
    </>
  );
}

function summarize(changed: number): string {
  if (changed === 0) return 'Every setting with a fixed default has it.';
  return changed === 1 ? 'One setting is not its default.' : `${changed} settings are not their defaults.`;
}

function Setting({ setting }: { setting: WireSetting }) {
  const sign = signDefault(setting);
  const notes = [describeSince(setting, hostNowMs.value), describeDefault(setting)].filter((note) => note !== null);
  return (
    <article class="setting">
      <h3>
        <code>{setting.name}</code>
      </h3>
      <p class="setting-value">
        <code>{formatSettingValue(setting.value)}</code>{' '}
        <span class={`badge tone-${sign.tone}`}>
          <Icon name={sign.icon} /> {sign.text}
        </span>
      </p>
      <p class="setting-meaning">{capitalize(setting.meaning)}.</p>
      {notes.length > 0 && <p class="muted setting-notes">{notes.join('. ').replace(/\.?$/, '.')}</p>}
    </article>
  );
}

function Changes() {
  const { value } = usePoll({
    key: 'all changes',
    everyMs: REFRESH_MS,
    request: (signal) => fetchChanges(null, CHANGES_LIMIT, signal),
  });
  if (value === null) return null;
  return (
    <Section id="all-changes" title="What changed" note="limits of the host and lasting changes of pools">
      {value.length === 0 ? (
        <p class="muted">No change was seen since portcast first ran here.</p>
      ) : (
        <ChangeList changes={value} poolIds={null} />
      )}
    </Section>
  );
}
