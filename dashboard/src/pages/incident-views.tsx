/** The list of incidents and the page of one. They are loaded when they are first shown. */
import type { Route } from '../state/route.js';
import { IncidentPage } from './incident.js';
import { IncidentsPage } from './incidents.js';
import '../styles/incidents.css';

/** The key makes another incident another page, with its own state. */
export function IncidentViews({ route }: { route: Route }) {
  return (
    <main class="incident-page">
      {route.view === 'incident' ? <IncidentPage key={route.id} id={route.id} /> : <IncidentsPage />}
    </main>
  );
}
