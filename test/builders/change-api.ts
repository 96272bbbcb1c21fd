/** The API with the real commands behind it, and an incident that goes on. */
import { onTestFinished } from 'vitest';
import { startCanned, type TestApi } from './api-server.js';
import { incidentDesk, type IncidentDesk } from './incident-desk.js';

interface ChangeApi extends IncidentDesk, TestApi {
  /** Sends a change as the dashboard does; a text is sent as it is, anything else as JSON. */
  send(method: string, path: string, body?: unknown): Promise<Response>;
}

export async function startChangeApi(publicUrl: string | null = null): Promise<ChangeApi> {
  const desk = incidentDesk();
  const running = await startCanned({}, { commands: desk.commands, clock: desk.test.clock, publicUrl });
  onTestFinished(() => running.api.stop());
  const headers = { Origin: running.api.url, 'Content-Type': 'application/json' };
  return {
    ...desk,
    ...running,
    send(method, path, body) {
      const text = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
      return running.get(`/api/v1${path}`, { method, headers, ...text });
    },
  };
}
