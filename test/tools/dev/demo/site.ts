/** The demos as paths of one server: `/demo/` lists them, `/demo/NAME/` is the page on its own daemon, `/?demo=NAME` leads there. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../../../daemon/errors.js';
import { forward } from './forward.js';
import { describeUnknown, renderList } from './list-page.js';
import { isSceneName, type SceneName } from './scenes.js';
import type { Shelf } from './shelf.js';

/** What the daemon answers itself; every other path is a file of the dashboard. */
const DAEMON_PATH = /^\/(api|healthz|readyz|metrics|act)(\/|$)/;
const DEMO_PATH = /^\/demo\/([^/]+)(\/.*)?$/;
/** The demo of the page without a name. */
const DEFAULT: SceneName = 'mixed';

type Next = () => void;

/** `next` serves the files of the dashboard; it is called with the path below that of the demo. */
export function serveDemos(
  shelf: Shelf<SceneName>,
): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  return (request, response, next) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const asked = url.pathname === '/' ? url.searchParams.get('demo') : null;
    if (asked !== null) redirect(response, url, `/demo/${encodeURIComponent(asked)}/`);
    else if (url.pathname === '/demo') redirect(response, url, '/demo/');
    else if (url.pathname === '/demo/') sendPage(response, 200, renderList(null));
    else if (DAEMON_PATH.test(url.pathname))
      void ask(request, response, { shelf, name: DEFAULT, path: url.pathname + url.search });
    else serveDemo({ shelf, request, response, next }, url);
  };
}

interface Exchange {
  readonly shelf: Shelf<SceneName>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly next: Next;
}

function serveDemo({ shelf, request, response, next }: Exchange, url: URL): void {
  const [, rawName, below] = DEMO_PATH.exec(url.pathname) ?? [];
  if (rawName === undefined) {
    next();
    return;
  }
  const name = decode(rawName);
  if (!isSceneName(name)) {
    sendPage(response, 404, renderList(describeUnknown(name)));
  } else if (below === undefined) {
    redirect(response, url, `/demo/${name}/`);
  } else if (DAEMON_PATH.test(below)) {
    void ask(request, response, { shelf, name, path: below + url.search });
  } else {
    request.url = below + url.search;
    next();
  }
}

async function ask(
  request: IncomingMessage,
  response: ServerResponse,
  { shelf, name, path }: { shelf: Shelf<SceneName>; name: SceneName; path: string },
): Promise<void> {
  try {
    const { url } = await shelf.get(name);
    forward(request, response, { url, path });
  } catch (error) {
    response
      .writeHead(500, { 'content-type': 'text/plain' })
      .end(`the demo ${name} did not start: ${messageOf(error)}\n`);
  }
}

/** The other parameters stay. */
function redirect(response: ServerResponse, url: URL, path: string): void {
  url.searchParams.delete('demo');
  response.writeHead(302, { location: path + url.search }).end();
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
