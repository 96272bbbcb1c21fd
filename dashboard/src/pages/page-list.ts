/** All pages beside the overview. The code of each is loaded when it is first shown. */
import type { ComponentType } from 'preact';
import type { PageName, PageRoute } from '../state/route.js';

interface PageProps {
  readonly route: PageRoute;
  /** The time of the newest sample: it renders the page anew with each sample. */
  readonly sampledAt: string | null;
}
type Page = ComponentType<PageProps>;

interface PageEntry {
  /** The heading while the page is being loaded. */
  readonly title: string;
  readonly load: () => Promise<Page>;
}

export const PAGES: Readonly<Record<PageName, PageEntry>> = {
  pool: { title: 'Pool', load: async () => (await import('./pool/pool-page.js')).PoolPage },
  port: { title: 'Port series', load: async () => (await import('./port/port-page.js')).PortPage },
  login: { title: 'Log in', load: async () => (await import('./login/login-page.js')).LoginPage },
  settings: { title: 'Settings', load: async () => (await import('./settings/settings-page.js')).SettingsPage },
  incidents: { title: 'Incidents', load: async () => (await import('./incidents/incidents-page.js')).IncidentsPage },
  'what-if': { title: 'What if', load: async () => (await import('./what-if/what-if-page.js')).WhatIfPage },
};
