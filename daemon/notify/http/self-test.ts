/** What a channel that speaks HTTP can try without sending anything: the connection, and TLS. */
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Socket } from 'node:net';
import type { Channel, SendOutcome } from '../../notify-contracts.js';
import { explainFailure } from './failure.js';
import { showServer, type HttpTarget } from './post.js';

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The part of a channel by which its server is watched. */
export function watchServer(target: HttpTarget): Required<Pick<Channel, 'server' | 'selfTest'>> {
  const { hostname, port, protocol } = target.url;
  // An IPv6 address in a URL stands in brackets.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    server: { host, port: port === '' ? (PORTS[protocol] ?? 0) : Number(port) },
    selfTest: () => reach(target),
  };
}

/** Opens the connection of a request, with TLS where that is used, and ends it before a byte of the request is sent. */
function reach(target: HttpTarget): Promise<SendOutcome> {
  const { url, agent, timeoutMs, signal } = target;
  const server = showServer(target);
  const isTls = url.protocol === 'https:';
  return new Promise((resolve) => {
    const options = { method: 'POST', agent: agent ?? false, ...(signal === undefined ? {} : { signal }) };
    const request = isTls ? requestTls(url, options) : requestPlain(url, options);
    const finish = (outcome: SendOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
      request.destroy();
    };
    const fail = (error: string): void => finish({ ok: false, retry: true, error });
    const timer = setTimeout(() => fail(`${server} did not answer within ${timeoutMs} ms`), timeoutMs);
    request.on('error', (error) => fail(explainFailure(server, error)));
    request.on('socket', (socket: Socket) => {
      const done = (): void => finish({ ok: true, response: isTls ? 'connected, with TLS' : 'connected' });
      if (isTls) socket.once('secureConnect', done);
      else if (socket.connecting) socket.once('connect', done);
      else done();
    });
  });
}
