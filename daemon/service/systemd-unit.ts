/** The systemd unit and the system user, as text. Pure: what is installed is decided here and written elsewhere. */

export const UNIT_NAME = 'portcast.service';
export const UNIT_FILE = `/etc/systemd/system/${UNIT_NAME}`;
export const SYSUSERS_FILE = '/etc/sysusers.d/portcast.conf';
export const SERVICE_USER = 'portcast';
export const STATE_DIRECTORY = '/var/lib/portcast';
export const CONFIG_DIRECTORY = '/etc/portcast';

/**
 * Options that lower the memory of Node.js. The garbage of a sample dies at once, so a small young generation saves 30 MB
 * at 28,000 sockets; one helper thread of V8 in place of four saves 10 MB.
 */
const MEMORY_OPTIONS = ['--max-semi-space-size=2', '--v8-pool-size=1'];

export interface FailureTracing {
  /** Commands of a shell, run as root before the daemon starts and after it has ended. */
  readonly prepare: string;
  readonly remove: string;
  /** The folder that is prepared, and where the daemon sees it. */
  readonly folder: string;
  readonly place: string;
}

export interface UnitOptions {
  /** Absolute path of the node executable. */
  readonly nodePath: string;
  /** Absolute path of dist/daemon/main.js. */
  readonly mainFile: string;
  /** `--config` of the service; null looks for /etc/portcast/config.yaml. */
  readonly configFile: string | null;
  /** Lets the service read the open files of every process, to name the owners of connections: close to root. */
  readonly nameOwners: boolean;
  /** Hands the service a tracing instance in which failed connects show; null for none. */
  readonly failureTracing: FailureTracing | null;
  /** Whether the daemon itself can send notifications; else a helper process does, and systemd must accept it. */
  readonly notifiesItself: boolean;
}

/** systemd-sysusers input: a system user without a shell. */
export function renderSysusers(): string {
  return `u ${SERVICE_USER} - "portcast, forecasts TCP port exhaustion" ${STATE_DIRECTORY}\n`;
}

/** The unit. @throws RangeError for a path that cannot stand in a unit file. */
export function renderUnit(options: UnitOptions): string {
  const { nodePath, mainFile, configFile } = options;
  const command = [
    nodePath,
    ...MEMORY_OPTIONS,
    mainFile,
    'run',
    ...(configFile === null ? [] : ['--config', configFile]),
  ];
  return `[Unit]
Description=portcast, forecasts TCP port exhaustion and warns before connect() fails
Documentation=man:tcp(7)
After=network.target

[Service]
Type=notify
NotifyAccess=${options.notifiesItself ? 'main' : 'all'}
ExecStart=${command.map(quoted).join(' ')}
Environment=NODE_ENV=production
User=${SERVICE_USER}
Group=${SERVICE_USER}
StateDirectory=portcast
StateDirectoryMode=0700
ConfigurationDirectory=portcast
UMask=0077
# Fed by every completed sampling cycle: a daemon that no longer samples is restarted.
WatchdogSec=60
Restart=on-failure
RestartSec=5
TimeoutStartSec=60
# The daemon ends itself within 5 seconds; this is for one that cannot.
TimeoutStopSec=10
# A wrong configuration does not mend itself.
RestartPreventExitStatus=2
MemoryMax=512M
TasksMax=64

${handOver(options.failureTracing)}${hardening(options.nameOwners)}
[Install]
WantedBy=multi-user.target
`;
}

/** A failure to prepare it is no reason not to start: the daemon says that it counts no failures. */
function handOver(tracing: FailureTracing | null): string {
  if (tracing === null) return '';
  const shell = (script: string): string => `-+/bin/sh -c ${quoted(script)}`;
  return `# tracefs is root's. This prepares one tracing instance in it, of which the daemon may read the events: the connects
# that failed for want of a port.
ExecStartPre=${shell(tracing.prepare)}
ExecStopPost=${shell(tracing.remove)}
RuntimeDirectory=portcast
RuntimeDirectoryMode=0700
BindPaths=-${tracing.folder}:${tracing.place}

`;
}

/**
 * As tight as sampling allows. Left out on purpose: PrivateNetwork (it would see no sockets), ProcSubset=pid (hides
 * /proc/net), MemoryDenyWriteExecute (V8 compiles at run time), PrivateUsers (hides whose sockets they are) and
 * IPAddressDeny (mail goes out).
 */
function hardening(nameOwners: boolean): string {
  const capabilities = nameOwners ? 'CAP_SYS_PTRACE CAP_DAC_READ_SEARCH' : '';
  const owners = nameOwners
    ? `# Naming the owners of connections takes reading /proc/PID/fd of every user.
AmbientCapabilities=${capabilities}
ProtectProc=default`
    : `# Without capabilities the processes of other users cannot be read, so they need not be seen.
AmbientCapabilities=
ProtectProc=invisible`;
  return `CapabilityBoundingSet=${capabilities}
${owners}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
PrivateMounts=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
# The socket table is read over netlink; notifications and the journal are unix sockets.
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
SystemCallArchitectures=native
# V8 allocates memory protection keys at start (@pkey); the rest is refused with an error instead of a kill.
SystemCallFilter=@system-service @pkey
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
`;
}

/** One word of ExecStart: quoted, with systemd's specifiers (%) and variables ($) taken literally. */
function quoted(word: string): string {
  if (/[\p{Cc}]/u.test(word)) throw new RangeError(`a unit file cannot hold the path ${JSON.stringify(word)}`);
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`;
}
