/**
 * A host of its own for a drill: an agent in a new network namespace burns ports there and reads the socket table. The namespace
 * has no name, so the kernel removes it when the agent ends, and the agent ends with this process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { messageOf, PortcastError } from '../errors.js';
import { SECOND_MS } from '../units.js';
import {
  HOST_NAMESPACE_VARIABLE,
  type AgentCall,
  type AgentCalls,
  type FromAgent,
  type ToAgent,
} from './agent-protocol.js';
import { readNamespace } from './burner.js';
import type { DrillHost } from './drill-host.js';

const START_TIMEOUT_MS = 30 * SECOND_MS;
const CALL_TIMEOUT_MS = 15 * SECOND_MS;
const STOP_TIMEOUT_MS = 3 * SECOND_MS;

/**
 * @param agentArgs the arguments of Node that run the agent.
 * @throws PortcastError SOURCE_UNAVAILABLE where no namespace can be made.
 */
export async function openNamespaceHost(agentArgs: readonly string[]): Promise<DrillHost> {
  const env = { ...process.env, [HOST_NAMESPACE_VARIABLE]: readNamespace() };
  const child = spawn('unshare', ['--net', '--', process.execPath, ...agentArgs], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const agent = connectAgent(child);
  try {
    await agent.ready;
    await agent.call('burn', { call: 'burn' });
  } catch (error) {
    await agent.close();
    throw error;
  }
  return {
    readHost: () => agent.call('readHost', { call: 'readHost' }),
    readTable: () => agent.call('readTable', { call: 'readTable' }),
    findOwners: (queries) => agent.call('findOwners', { call: 'findOwners', queries }),
    stopBurning: () => void agent.call('stopBurning', { call: 'stopBurning' }).catch(() => undefined),
    firstFailureMs: agent.firstFailureMs,
    close: agent.close,
  };
}

interface Agent {
  readonly ready: Promise<void>;
  call<K extends keyof AgentCalls>(name: K, call: AgentCall): Promise<AgentCalls[K]>;
  firstFailureMs(): number | null;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

function connectAgent(child: ChildProcess): Agent {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let failedMs: number | null = null;
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const lose = (why: string): void => {
    const said = stderr.trim().split('\n').at(-1) ?? '';
    const error = unavailable(said === '' ? why : `${why}: ${said}`);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const ready = addWaiting(waiting, 0, START_TIMEOUT_MS) as Promise<void>;
  child.on('error', (error) => lose(`a network namespace needs the program unshare: ${messageOf(error)}`));
  child.on('exit', () => lose('the process in the namespace has ended'));
  child.on('message', (message: FromAgent) => {
    if (message.kind === 'failed') failedMs = message.atMs;
    else if (message.kind === 'unable') settle(waiting, 0, { error: unavailable(message.message) });
    else if (message.kind === 'ready') settle(waiting, 0, { value: null });
    else if (message.kind === 'error') settle(waiting, message.id, { error: unavailable(message.message) });
    else settle(waiting, message.id, { value: message.value });
  });
  return {
    ready,
    call<K extends keyof AgentCalls>(_name: K, call: AgentCall) {
      const id = nextId++;
      const answer = addWaiting(waiting, id, CALL_TIMEOUT_MS) as Promise<AgentCalls[K]>;
      const message: ToAgent = { id, ...call };
      child.send(message, (error) => {
        if (error !== null) settle(waiting, id, { error });
      });
      return answer;
    },
    firstFailureMs: () => failedMs,
    async close() {
      if (child.connected) child.disconnect();
      const hard = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(hard);
    },
  };
}

function addWaiting(waiting: Map<number, Waiting>, id: number, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(id);
      reject(unavailable(`the process in the namespace did not answer within ${timeoutMs / SECOND_MS} s`));
    }, timeoutMs);
    waiting.set(id, {
      resolve(value) {
        clearTimeout(timer);
        resolve(value);
      },
      reject(error) {
        clearTimeout(timer);
        reject(error);
      },
    });
  });
}

function settle(waiting: Map<number, Waiting>, id: number, outcome: { value: unknown } | { error: Error }): void {
  const one = waiting.get(id);
  waiting.delete(id);
  if ('error' in outcome) one?.reject(outcome.error);
  else one?.resolve(outcome.value);
}

function unavailable(message: string): PortcastError {
  return new PortcastError('SOURCE_UNAVAILABLE', message);
}
