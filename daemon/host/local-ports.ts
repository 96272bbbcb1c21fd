/**
 * The local ports from which portcast opens its own connections to mail servers and other channels. They lie outside the
 * ephemeral range, because `connect()` without a bind takes its port from the range, and the range is used up just when
 * there is something to tell. Ports outside it can only be taken by programs that ask for them by number.
 */
import { LAST_PORT } from './kernel-constants.js';
import type { HostLimits, PortRange } from './limits.js';

/** `delivery.localPorts`: `auto`, ports that an administrator has chosen, or null for off. */
export type LocalPortSetting = 'auto' | PortRange | null;

/** What the choice depends on. An administrator may change both while the daemon runs. */
export type PortLimits = Pick<HostLimits, 'range' | 'reservedPorts'>;

export interface LocalPortChoice {
  /** Ascending; empty when connections get their port from the kernel. */
  readonly ports: readonly number[];
  /** Which ports these are, or why there are none. */
  readonly why: string;
}

/** How many ports `auto` takes. Each destination can use every one of them. */
const AUTO_PORTS = 64;
/** With fewer ports than this beside the range `auto` looks on the other side of it. */
const FEW_PORTS = 8;
/** Lower ports take a right (`ip_unprivileged_port_start`) and belong to well-known services. */
const FIRST_UNPRIVILEGED_PORT = 1024;

/**
 * @param limits null where the system does not say what its ephemeral range is
 *
 * `auto` takes ports just below the range, or above it where there is no room, and none that is reserved for somebody.
 * Of ports that the administrator has chosen, those are left out that the kernel may hand out to any program: all that lie
 * in the range and are not reserved.
 */
export function chooseLocalPorts(setting: LocalPortSetting, limits: PortLimits | null): LocalPortChoice {
  if (setting === null) return none('switched off (delivery.localPorts: null)');
  if (setting !== 'auto') return chooseFromSpan(setting, limits);
  if (limits === null)
    return none('the ephemeral range of this system is not known; set delivery.localPorts to FIRST-LAST');
  return chooseBesideRange(limits);
}

/**
 * What is wrong with the ports that an administrator has chosen, for `config check`; empty where nothing is.
 * @param limits see `chooseLocalPorts`
 */
export function findPortWarnings(setting: LocalPortSetting, limits: PortLimits | null): string[] {
  if (setting === null || setting === 'auto') return [];
  const { ports, why } = chooseLocalPorts(setting, limits);
  const isInRange = ports.length < setting.last - setting.first + 1;
  const isPrivileged = setting.first < FIRST_UNPRIVILEGED_PORT;
  return [
    ...(isInRange ? [`delivery.localPorts: ${why}`] : []),
    ...(isPrivileged
      ? [
          `delivery.localPorts: ${formatRange(setting)} has ports below ${FIRST_UNPRIVILEGED_PORT}, which are used only where ` +
            'portcast may bind them (CAP_NET_BIND_SERVICE)',
        ]
      : []),
  ];
}

/** Whether the kernel may hand this port out to a program that names none. */
function isHandedOut(port: number, { range, reservedPorts }: PortLimits): boolean {
  return isIn(port, range) && !reservedPorts.some((reserved) => isIn(port, reserved));
}

function chooseFromSpan(span: PortRange, limits: PortLimits | null): LocalPortChoice {
  const all = Array.from({ length: span.last - span.first + 1 }, (_, index) => span.first + index);
  const ports = limits === null ? all : all.filter((port) => !isHandedOut(port, limits));
  const text = `${formatRange(span)} (delivery.localPorts)`;
  if (ports.length === all.length) return { ports, why: text };
  const range = limits === null ? '' : formatRange(limits.range);
  return ports.length === 0
    ? none(`all of ${text} lie in the ephemeral range ${range}, which is used up when it matters`)
    : { ports, why: `${formatPorts(ports)} of ${text}: the others lie in the ephemeral range ${range}` };
}

function chooseBesideRange({ range, reservedPorts }: PortLimits): LocalPortChoice {
  const isFree = (port: number): boolean => !reservedPorts.some((reserved) => isIn(port, reserved));
  const below = takePorts(range.first - 1, -1, isFree);
  const above = takePorts(range.last + 1, 1, isFree);
  const side = below.length < FEW_PORTS && above.length > below.length ? 'above' : 'below';
  const ports = side === 'above' ? above : below;
  if (ports.length === 0) {
    return none(
      `the ephemeral range ${formatRange(range)} leaves no port from ${FIRST_UNPRIVILEGED_PORT} to ${LAST_PORT} outside it that ` +
        'is not reserved; reserve a few ports (net.ipv4.ip_local_reserved_ports) and name them in delivery.localPorts',
    );
  }
  return { ports, why: `${formatPorts(ports)}, ${side} the ephemeral range ${formatRange(range)}` };
}

function takePorts(start: number, step: 1 | -1, isFree: (port: number) => boolean): number[] {
  const ports: number[] = [];
  for (let port = start; port >= FIRST_UNPRIVILEGED_PORT && port <= LAST_PORT; port += step) {
    if (isFree(port)) ports.push(port);
    if (ports.length === AUTO_PORTS) break;
  }
  return ports.sort((a, b) => a - b);
}

/** The ports as ranges: `32704-32767`, `1024-1030,1040`. */
export function formatPorts(ports: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const port of ports) {
    const latest = ranges.at(-1);
    if (latest?.last === port - 1) latest.last = port;
    else ranges.push({ first: port, last: port });
  }
  return ranges.map(formatRange).join(',');
}

function formatRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function none(why: string): LocalPortChoice {
  return { ports: [], why };
}

function isIn(port: number, { first, last }: PortRange): boolean {
  return port >= first && port <= last;
}
