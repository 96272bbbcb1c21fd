/** Opens the pages of incidents on canned data. */
import { openUrl, serveCanned, type CannedPage } from './open-page.js';
import type { IncidentScenario } from './canned-incidents.js';
import type { PageOptions } from './page-checks.js';
import type { Scenario } from './scenarios.js';

type View = 'overview' | 'list' | 'incident';

interface OpenOptions extends PageOptions {
  /** Of the samples. */
  readonly samples?: Scenario;
}

interface IncidentPage extends CannedPage {
  /** The id of the newest incident, as it stands in an address. */
  readonly id: string;
}

export async function openIncidents(
  scenario: IncidentScenario,
  view: View,
  options: OpenOptions = {},
): Promise<IncidentPage> {
  const canned = await serveCanned(options.samples ?? 'exhausting', { incidents: scenario });
  const id = encodeURIComponent(canned.incidents.incidents[0]?.id ?? '');
  const hash = { overview: '#/', list: '#/incidents', incident: `#/incidents/${id}` }[view];
  const watched = await openUrl(canned.url + hash, options);
  const { page } = watched;
  await page.locator(view === 'overview' ? '.worst-pool' : '.page-head').waitFor();
  // Everything that the page requested is there.
  await page.waitForFunction(() => document.querySelector('.skeleton') === null);
  return { ...watched, canned, id };
}
