/** One push of alerts to one server of Alertmanager, and the alert by which a server is tested. */
import type { SendOutcome } from '../../notify-contracts.js';
import { MINUTE_MS } from '../../units.js';
import { cleanLine } from '../message/sanitize.js';
import { postJson, showServer, type HttpAnswer, type HttpTarget } from '../http/request.js';
import type { AlertmanagerAlert } from './alerts.js';

const PATH = 'api/v2/alerts';
const MAX_HOST = 300;

/** @param target its URL is the base, without `api/v2`. Never rejects. @returns null where the alerts were accepted. */
export async function pushAlerts(target: HttpTarget, alerts: readonly AlertmanagerAlert[]): Promise<string | null> {
  const url = new URL(PATH, target.url.href.replace(/\/?$/, '/'));
  return explain(await postJson({ ...target, url }, JSON.stringify(alerts)), target);
}

/**
 * An alert with labels of its own, so that it is no alert of a pool. It resolves by itself after a minute; until then it goes
 * through the routes and the receivers of Alertmanager.
 */
export async function sendTestAlert(
  target: HttpTarget,
  { hostName, nowMs }: { readonly hostName: string; readonly nowMs: number },
): Promise<SendOutcome> {
  const instance = cleanLine(hostName, MAX_HOST);
  const alert: AlertmanagerAlert = {
    labels: { alertname: 'PortcastTest', instance, severity: 'info', test: 'true' },
    annotations: { summary: `${instance}: this is a test of portcast and not an alert.` },
    startsAt: new Date(nowMs).toISOString(),
    endsAt: new Date(nowMs + MINUTE_MS).toISOString(),
  };
  const error = await pushAlerts(target, [alert]);
  return error === null ? { ok: true, response: 'alert PortcastTest accepted' } : { ok: false, retry: true, error };
}

function explain(answer: HttpAnswer, target: HttpTarget): string | null {
  if (!answer.ok) return answer.error;
  if (answer.status >= 200 && answer.status < 300) return null;
  return `${showServer(target)} answered ${answer.status}${answer.body === '' ? '' : ` ${answer.body}`}`;
}
