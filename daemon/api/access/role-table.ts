/**
 * Who may call which route, once there are users. What is not listed needs a viewer where it reads and an operator where it
 * changes something. A test compares the list with the routes that there are.
 */
import type { Role } from '../../access/accounts.js';

/** `open`: everybody, without a login. */
type Need = Role | 'open';

export const ROLE_TABLE: Readonly<Record<string, Need>> = {
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'viewer',
  'GET /api/v1/session': 'open',
  'POST /api/v1/session': 'open',
  'DELETE /api/v1/session': 'open',
  'GET /api/v1/status': 'viewer',
  'GET /api/v1/pools': 'viewer',
  'GET /api/v1/pools/:id': 'viewer',
  'GET /api/v1/pools/:id/history': 'viewer',
  'GET /api/v1/pools/:id/marks': 'viewer',
  'GET /api/v1/pools/:id/schedule': 'viewer',
  'GET /api/v1/pools/:id/score': 'viewer',
  'GET /api/v1/ports': 'viewer',
  'GET /api/v1/ports/:id/history': 'viewer',
  'GET /api/v1/ports/:id/ends': 'viewer',
  'GET /api/v1/changes': 'viewer',
  'GET /api/v1/settings': 'viewer',
  'GET /api/v1/advice': 'viewer',
  'GET /api/v1/pools/:id/advice': 'viewer',
  'GET /api/v1/alerts': 'viewer',
  'GET /api/v1/alerts/:id/decisions': 'viewer',
  'GET /api/v1/incidents': 'viewer',
  'GET /api/v1/incidents/:id': 'viewer',
  'GET /api/v1/outages': 'viewer',
  'GET /api/v1/score': 'viewer',
  'GET /api/v1/plan': 'viewer',
  'GET /api/v1/events': 'viewer',
  'GET /api/v1/report': 'viewer',
  'GET /api/v1/silences': 'viewer',
  'POST /api/v1/silences': 'operator',
  'DELETE /api/v1/silences/:id': 'operator',
  'POST /api/v1/alerts/test': 'operator',
  'POST /api/v1/alerts/:id/acknowledge': 'operator',
  'DELETE /api/v1/alerts/:id/acknowledge': 'operator',
  'POST /api/v1/incidents/:id/acknowledge': 'operator',
  'DELETE /api/v1/incidents/:id/acknowledge': 'operator',
  'POST /api/v1/incidents/:id/comments': 'operator',
  // The program of the dashboard, which is the same on every host. The login page is a part of it.
  'GET /': 'open',
  'GET /index.html': 'open',
  'GET /favicon.svg': 'open',
  'GET /assets/:file': 'open',
};

const ENTRIES = Object.entries(ROLE_TABLE).map(([route, need]) => {
  const [method = '', path = ''] = route.split(' ');
  return { method, parts: path.split('/'), need };
});

/** @param path as the client sent it, without the base path and the query. Routes differ neither by case nor by a last slash. */
export function findNeed(method: string, path: string): Need {
  const isRead = method === 'GET' || method === 'HEAD';
  const wanted = isRead ? 'GET' : method;
  const parts = (path.length > 1 ? path.replace(/\/$/, '') : path).split('/');
  const entry = ENTRIES.find((one) => one.method === wanted && matches(one.parts, parts));
  return entry?.need ?? (isRead ? 'viewer' : 'operator');
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length &&
    pattern.every((each, index) => {
      const part = parts[index] ?? '';
      return each.startsWith(':') ? part !== '' : each === part.toLowerCase();
    })
  );
}
