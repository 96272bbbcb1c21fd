/** The agents with which channels that speak HTTP open their connections as the mail does. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Dial } from './dial.js';

interface AgentOptions {
  readonly protocol: 'http:' | 'https:';
  readonly dial: Dial;
  /** How long opening the connection may take, without TLS. */
  readonly timeoutMs: number;
}

type Created = (error: Error | null, stream?: Duplex) => void;
type Target = http.ClientRequestArgs & ConnectionOptions;

/**
 * An agent for `http.request` or `https.request`. It keeps no connection after its request: a channel that sends now and
 * then would only meet connections that the server has closed. TLS checks the certificate against the name in the URL.
 */
export function createDeliveryAgent({ protocol, dial, timeoutMs }: AgentOptions): http.Agent {
  const open = async (target: Target): Promise<Duplex> => {
    const host = target.host ?? 'localhost';
    const socket = await dial({ host: unbracket(host), port: Number(target.port), timeoutMs });
    if (protocol === 'http:') return socket;
    const name = target.servername ?? unbracket(host);
    // SNI is for names only (RFC 6066, 3).
    return connectTls({ ...target, path: undefined, socket, servername: isIP(name) === 0 ? name : '' });
  };
  const agent = protocol === 'https:' ? new https.Agent() : new http.Agent();
  // An agent hands the connection to its request when this calls back.
  const createConnection = (target: Target, created: Created): undefined => {
    open(target).then(
      (stream) => created(null, stream),
      (error: unknown) => created(error instanceof Error ? error : new Error(String(error))),
    );
  };
  return Object.assign(agent, { createConnection });
}

/** An IPv6 address in a URL stands in brackets. */
function unbracket(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
