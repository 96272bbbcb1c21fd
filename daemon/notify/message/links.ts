/** The ways from a mail to what it is about: the incident, the pool, acknowledge and silence. */
import { capitalize } from '../../alert/names.js';
import type { Notice } from '../../incident/incident.js';
import { cleanLine } from './sanitize.js';

export interface Link {
  /** What it leads to, for programs. */
  readonly rel: 'acknowledge' | 'silence' | 'incident' | 'pool' | 'dashboard';
  readonly label: string;
  readonly url: string;
  /** Laid out as a button that stands out. */
  readonly isFirst: boolean;
}

/** Signed addresses of confirmation pages. */
export interface ActionLinks {
  readonly acknowledge: string;
  readonly silence: readonly { readonly label: string; readonly url: string }[];
}

interface Target {
  readonly dashboardUrl: string;
  readonly hostName: string;
  readonly notice?: Notice;
  readonly links?: ActionLinks;
}

/** Stands before the command of `findTunnel`. */
export const TUNNEL_HINT = 'The dashboard listens on this host only. From elsewhere, first:';

const MAX_LABEL = 40;

/** The links, best first; none where the configured address is no web address. */
export function listLinks({ dashboardUrl, notice, links }: Target, poolId: string | null): Link[] {
  const acknowledge =
    links === undefined
      ? []
      : [{ rel: 'acknowledge' as const, label: 'Acknowledge', url: links.acknowledge, isFirst: true }];
  const silence = (links?.silence ?? []).map(({ label, url }) => ({
    rel: 'silence' as const,
    label: cleanLine(label, MAX_LABEL),
    url,
    isFirst: false,
  }));
  const page = (rel: Link['rel'], hash: string): Link[] => {
    const url = parseWeb(dashboardUrl);
    if (url === null) return [];
    url.hash = hash;
    return [{ rel, label: capitalize(rel), url: url.href, isFirst: links === undefined && rel !== 'pool' }];
  };
  const pages =
    notice === undefined
      ? page('dashboard', '')
      : [
          ...page('incident', `#/incidents/${encodeURIComponent(notice.incident.id)}`),
          ...(poolId === null ? [] : page('pool', `#/pool/${encodeURIComponent(poolId)}`)),
        ];
  return [...acknowledge, ...silence, ...pages].flatMap((link) => {
    const url = parseWeb(link.url);
    return url === null ? [] : [{ ...link, url: url.href }];
  });
}

/** The command that opens a way to a dashboard which only its own host can reach; null for any other. */
export function findTunnel({ dashboardUrl, hostName }: Target): string | null {
  const url = parseWeb(dashboardUrl);
  if (url === null || !/^(localhost|127\.|\[::1\])/.test(url.hostname)) return null;
  // A name that a shell would read differently must not stand in a command that readers copy.
  const target = /^[a-z0-9][a-z0-9._-]*$/i.test(hostName) ? hostName : 'HOST';
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return `ssh -L ${port}:${url.hostname}:${port} ${target}`;
}

function parseWeb(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url : null;
}
