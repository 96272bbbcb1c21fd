/** Exact commands for a shell of the host, with the values that hold now, so that each can be undone. */
import { bracketAddress, isWildcard } from '../host/endpoint.js';
import type { PoolForecast } from '../forecast/types.js';
import type { HostPlatform } from '../host/limits.js';

/** The namespace of the daemon itself. */
const OWN_NAMESPACE = 'host';

/** The states of a socket that are listed, as `ss` names them. */
type ListedState = 'close-wait' | 'established' | 'syn-sent';
const WINDOWS_STATES: Record<ListedState, string> = {
  'close-wait': 'CloseWait',
  established: 'Established',
  'syn-sent': 'SynSent',
};
const LSOF_STATES: Record<ListedState, string> = {
  'close-wait': 'CLOSE_WAIT',
  established: 'ESTABLISHED',
  'syn-sent': 'SYN_SENT',
};

export interface Setting {
  readonly key: string;
  readonly value: string;
  /** The value of now; null where it is not known. */
  readonly now: string | null;
}

/** The commands that make, keep and undo some settings. */
interface SettingCommands {
  readonly commands: readonly string[];
  readonly persist: readonly string[];
  readonly undo: readonly string[];
}

/**
 * @param namespace the network namespace of the pool: these settings belong to a namespace.
 * @param topic names the file below /etc/sysctl.d that keeps them; files there concern the namespace of the host only.
 */
export function changeSettings(settings: readonly Setting[], namespace: string, topic: string): SettingCommands {
  const set = (key: string, value: string): string => runIn(namespace, `sysctl -w ${key}=${quoteValue(value)}`);
  const file = `/etc/sysctl.d/90-portcast-${topic}.conf`;
  const lines = settings.map(({ key, value }) => `${key} = ${value}\\n`).join('');
  const isOwn = namespace === OWN_NAMESPACE;
  const restored = [...settings].reverse().flatMap(({ key, now }) => (now === null ? [] : [set(key, now)]));
  return {
    commands: settings.map(({ key, value }) => set(key, value)),
    persist: isOwn ? [`printf '${lines}' > ${file}`] : [],
    undo: [...restored, ...(isOwn ? [`rm -f ${file}`] : [])],
  };
}

/** The command that shows a setting. */
export function showSetting(key: string, namespace: string): string {
  return runIn(namespace, `sysctl ${key}`);
}

/** How a shell of a system lists the sockets of a pool in a state. */
interface SocketList {
  /** Lists them with their processes. */
  readonly command: string;
  /** Prints how many they are. */
  readonly count: string;
  /** How the list names a process. */
  readonly owner: string;
}

export function listSockets(state: ListedState, pool: PoolForecast, platform: HostPlatform): SocketList {
  switch (platform) {
    case 'linux': {
      const command = listLinuxSockets(state, pool);
      return { command, count: `${command} | wc -l`, owner: 'users:(("name",pid=...,fd=...))' };
    }
    case 'windows': {
      const command = listWindowsSockets(state, pool);
      return { command, count: `@(${command}).Count`, owner: 'the process id in the column OwningProcess' };
    }
    case 'other': {
      const command = listOtherSockets(state, pool);
      return { command, count: `${command} | wc -l`, owner: 'the columns COMMAND, PID and FD' };
    }
  }
}

function listLinuxSockets(state: ListedState, pool: PoolForecast): string {
  const { remoteAddress, remotePort, localAddress, namespace } = pool;
  const command = runIn(namespace, `ss -tnp state ${state}`);
  if (remoteAddress !== null) {
    return `${command} '( dst ${bracketAddress(remoteAddress)} dport = :${remotePort ?? 0} )'`;
  }
  // A socket that was bound to the wildcard has another local address once it is connected.
  return isWildcard(localAddress) ? command : `${command} '( src ${bracketAddress(localAddress)} )'`;
}

function listWindowsSockets(state: ListedState, { remoteAddress, remotePort, localAddress }: PoolForecast): string {
  const command = `Get-NetTCPConnection -State ${WINDOWS_STATES[state]}`;
  if (remoteAddress !== null) return `${command} -RemoteAddress ${remoteAddress} -RemotePort ${remotePort ?? 0}`;
  return isWildcard(localAddress) ? command : `${command} -LocalAddress ${localAddress}`;
}

function listOtherSockets(state: ListedState, { remoteAddress, remotePort, localAddress }: PoolForecast): string {
  const of =
    remoteAddress !== null
      ? `@${bracketAddress(remoteAddress)}:${remotePort ?? 0}`
      : isWildcard(localAddress)
        ? ''
        : `@${bracketAddress(localAddress)}`;
  return `lsof -nP -iTCP${of} -sTCP:${LSOF_STATES[state]}`;
}

function runIn(namespace: string, command: string): string {
  return namespace === OWN_NAMESPACE ? command : `ip netns exec ${quoteWord(namespace)} ${command}`;
}

/** A word for a POSIX shell. */
function quoteWord(text: string): string {
  return /^[\w.:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Numbers stand alone, all else between quotation marks. */
function quoteValue(value: string): string {
  return /^\d+$/.test(value) ? value : `"${value}"`;
}
