/** The list of incidents, or one of them. */
import type { PageRoute } from '../../state/route.js';
import { IncidentListPage } from './incident-list-page.js';
import { IncidentPage } from './incident-page.js';
import '../../styles/incidents.css';

/** The key makes another incident another page, with its own state. */
export function IncidentsPage({ route: { id } }: { route: PageRoute }) {
  return <main class="incident-page">{id === null ? <IncidentListPage /> : <IncidentPage key={id} id={id} />}</main>;
}
