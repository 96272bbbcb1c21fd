/** What a channel that speaks HTTP can try without sending anything: the connection, and TLS. */
import type { Socket } from 'node:net';
import type { Channel, SendOutcome } from '../../notify-contracts.js';
import { explainFailure } from './failure.js';
import { createRequest, showServer, type HttpTarget } from './request.js';

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The part of a channel that says which server it has, and tests it. */
export function createSelfTest(target: HttpTarget): Required<Pick<Channel, 'server' | 'selfTest'>> {
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
  const { url, timeoutMs } = target;
  const server = showServer(target);
  const isTls = url.protocol === 'https:';
  return new Promise((resolve) => {
    const request = createRequest(target, { method: 'POST' });
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
