/** What helps on Windows. */
import type { PoolForecast } from '../forecast/types.js';
import type { HostLimits, PortRange } from '../host/limits.js';
import { formatCount, SECOND_MS } from '../units.js';
import { buildRemedy, computeSpread, UNSTATED, type PortEffect } from './build-remedy.js';
import { computeChanged, computePresent, createLoad } from './churn-remedies.js';
import type { AdviceContext } from './context.js';
import { REQUESTS_PER_CONNECTION, type Effect, type Load, type Remedy } from './effect.js';
import { suggestKeepAlive } from './keep-alive.js';

/** `netsh` takes a first port from 1025 on; below 10,000 lie most services. */
const WIDE_RANGE: PortRange = { first: 10_000, last: 65_535 };
/** Windows 2003 and older begin at 1025; MaxUserPort ends the range at 65,534 at most. */
const OLD_RANGE: PortRange = { first: 1025, last: 65_534 };
const SHORT_TIME_WAIT_MS = 30 * SECOND_MS;
/** What an application can walk through by itself, see `choose_local_port`. */
const OWN_RANGE: PortRange = { first: 5001, last: 65_534 };
const PARAMETERS = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters';
const SHOW_RANGE = 'netsh int ipv4 show dynamicport tcp';

const AUTH_SHARING = `// .NET Framework: without it each request with NTLM or Negotiate opens and closes a connection of its own.
var request = (HttpWebRequest)WebRequest.Create(url);
request.Credentials = CredentialCache.DefaultCredentials;
request.KeepAlive = true;
request.UnsafeAuthenticatedConnectionSharing = true;
request.ConnectionGroupName = userName;              // one group for each user
// Web service proxies and HttpClient: WebClientProtocol and WebRequestHandler have the same property.`;

const FEW_TIME_WAIT = {
  text: 'The number of ports in TIME_WAIT stays small.',
  command: '@(Get-NetTCPConnection -State TimeWait).Count',
  expected: 'a figure that no longer grows',
};

interface WindowsHost {
  readonly forecast: PoolForecast;
  readonly range: PortRange;
  readonly load: Load;
  readonly present: Effect;
  /** Without numbers while the close rate is not known. */
  readonly compute: (changes: Partial<Load>) => PortEffect;
}

export function listWindowsRemedies(forecast: PoolForecast, limits: HostLimits, context: AdviceContext): Remedy[] {
  const host = describeWindows(forecast, limits);
  return [
    suggestKeeping(host, context),
    suggestSharing(host),
    suggestDynamicRange(host),
    suggestTimedWait(host),
    suggestMaxUserPort(host),
    suggestChoosing(host, context),
    suggestSecondSource(host, context),
  ];
}

function describeWindows(forecast: PoolForecast, { range }: HostLimits): WindowsHost {
  return {
    forecast,
    range,
    load: createLoad(forecast),
    present: computePresent(forecast),
    compute: (changes) => computeChanged(forecast, changes),
  };
}

/** Without a program that was asked for, the code is that of .NET. */
function suggestKeeping({ forecast, load, present, compute }: WindowsHost, context: AdviceContext): Remedy {
  const program = context.program ?? 'dotnet';
  const options = { load, present, computeWith: compute, context: { ...context, program } };
  return { ...suggestKeepAlive(forecast, options), verify: FEW_TIME_WAIT };
}

function suggestSharing({ load, present, compute }: WindowsHost): Remedy {
  return buildRemedy(
    'auth_sharing',
    {
      detail:
        'NTLM and Negotiate authenticate a connection. Unless sharing is allowed, .NET Framework closes it after the request, so calls of a web service with Windows authentication open one each time.',
      effect: compute({ rate: load.rate / REQUESTS_PER_CONNECTION }),
      code: [{ language: 'csharp', title: 'share authenticated connections', code: AUTH_SHARING }],
      verify: FEW_TIME_WAIT,
    },
    present,
  );
}

function suggestDynamicRange({ range, present, compute }: WindowsHost): Remedy {
  const set = ({ first, last }: PortRange): string =>
    `netsh int ipv4 set dynamicport tcp start=${first} num=${last - first + 1}`;
  const ports = countPorts(WIDE_RANGE);
  return buildRemedy(
    'dynamic_port_range',
    {
      detail: `${set(WIDE_RANGE)}: ${formatCount(ports)} ports in place of ${formatCount(countPorts(range))}. For IPv6 the same with ipv6. Look at the services first (netstat -ano), and exclude theirs: netsh int ipv4 add excludedportrange tcp startport=PORT numberofports=1.`,
      commands: [set(WIDE_RANGE)],
      undo: [set(range)],
      effect: compute({ capacity: ports }),
      verify: {
        text: 'The range is in force.',
        command: SHOW_RANGE,
        expected: `Start Port: ${WIDE_RANGE.first}, Number of Ports: ${ports}`,
      },
    },
    present,
  );
}

function suggestMaxUserPort({ present, compute }: WindowsHost): Remedy {
  const ports = countPorts(OLD_RANGE);
  return buildRemedy(
    'max_user_port',
    {
      detail: `${setParameter('MaxUserPort', OLD_RANGE.last)}: the range is then ${OLD_RANGE.first}-${OLD_RANGE.last} in place of 1025-5000, after a restart. Later versions have netsh in its place.`,
      commands: [setParameter('MaxUserPort', OLD_RANGE.last)],
      undo: [deleteParameter('MaxUserPort')],
      effect: compute({ capacity: ports }),
      verify: {
        text: 'Local ports above 5000 are in use.',
        command: 'netstat -an',
        expected: 'local ports above 5000',
      },
    },
    present,
  );
}

function suggestTimedWait({ load, present, compute }: WindowsHost): Remedy {
  const value = SHORT_TIME_WAIT_MS / SECOND_MS;
  return buildRemedy(
    'timed_wait_delay',
    {
      detail: `${setParameter('TcpTimedWaitDelay', value)}: TIME_WAIT then lasts ${value} s (allowed: 30 to 300), after a restart.`,
      commands: [setParameter('TcpTimedWaitDelay', value)],
      undo: [deleteParameter('TcpTimedWaitDelay')],
      effect: compute({ holdMs: Math.min(load.holdMs, SHORT_TIME_WAIT_MS) }),
      verify: {
        text: 'The value is set, and a port leaves TIME_WAIT after that time.',
        command: `reg query ${PARAMETERS} /v TcpTimedWaitDelay`,
        expected: `TcpTimedWaitDelay REG_DWORD 0x${value.toString(16)}`,
      },
    },
    present,
  );
}

function suggestChoosing({ present, compute }: WindowsHost, { samples }: AdviceContext): Remedy {
  const ports = countPorts(OWN_RANGE);
  return buildRemedy(
    'choose_local_port',
    {
      detail: `A program that walks through ${OWN_RANGE.first}-${OWN_RANGE.last} by itself (in .NET Framework by ServicePoint.BindIPEndPointDelegate) has ${formatCount(ports)} ports, whatever the dynamic range is.`,
      effect: compute({ capacity: ports }),
      code: samples,
      verify: {
        text: 'The connections of the program have local ports of the chosen range.',
        command: '(Get-NetTCPConnection -State Established).LocalPort',
        expected: `ports within ${OWN_RANGE.first}-${OWN_RANGE.last}`,
      },
    },
    present,
  );
}

function suggestSecondSource({ load, present, compute }: WindowsHost, { samples }: AdviceContext): Remedy {
  const isKnown = compute({}).pressure !== null;
  return buildRemedy(
    'second_source',
    {
      detail: `Each local address has its own ${formatCount(load.capacity)} ports: one more address of this host doubles them.`,
      effect: isKnown ? computeSpread(load, 2) : UNSTATED,
      code: samples,
      verify: { text: 'Connections leave from both addresses.', command: '(Get-NetTCPConnection).LocalAddress' },
    },
    present,
  );
}

function setParameter(name: string, value: number): string {
  return `reg add ${PARAMETERS} /v ${name} /t REG_DWORD /d ${value} /f`;
}

function deleteParameter(name: string): string {
  return `reg delete ${PARAMETERS} /v ${name} /f`;
}

function countPorts({ first, last }: PortRange): number {
  return last - first + 1;
}
