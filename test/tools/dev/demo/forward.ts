/** Hands a request on to the daemon of a demo, as a reverse proxy does. */
import { request as openRequest, type IncomingMessage, type ServerResponse } from 'node:http';

/** @param path the path at the daemon, with its query */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: { url: string; path: string },
): void {
  const { host } = new URL(target.url);
  const { origin, host: asked = '', ...headers } = request.headers;
  // The daemon accepts changes from its own page only. Here that is the page of this server; any other origin stays foreign.
  const own = origin === `http://${asked}` ? target.url : origin;
  const upstream = openRequest(
    new URL(target.path, target.url),
    { method: request.method, headers: { ...headers, host, ...(own === undefined ? {} : { origin: own }) } },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(`the demo does not answer: ${error.message}\n`);
  });
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}
