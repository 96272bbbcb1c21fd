/** Renders the systemd unit and the system user as text. manager.ts writes them. */

export const UNIT_NAME = 'portcast.service';
export const UNIT_FILE = `/etc/systemd/system/${UNIT_NAME}`;
export const SYSUSERS_FILE = '/etc/sysusers.d/portcast.conf';
export const SERVICE_USER = 'portcast';
export const STATE_DIRECTORY = '/var/lib/portcast';
export const CONFIG_DIRECTORY = '/etc/portcast';

/**
 * Options that lower the memory of Node.js. The garbage of a sample dies at once, so a small young generation saves 30 MB
 * at 28,000 sockets; one helper thread of V8 in place of four saves 10 MB. V8 lets garbage grow in proportion to the largest
 * heap it is allowed, so a bound of twice what 60,000 destinations need halves the memory of a host with so many.
 */
const MEMORY_OPTIONS = ['--max-old-space-size=256', '--max-semi-space-size=2', '--v8-pool-size=1'];

/** How the unit prepares the tracing instance in which failed connects show. */
interface FailureTracing {
  /** Shell commands that systemd runs as root, before the daemon starts and after it has ended. */
  readonly prepare: string;
  readonly remove: string;
  /** The folder that `prepare` makes, and the path at which the daemon finds it. */
  readonly folder: string;
  readonly place: string;
}

export interface UnitOptions {
  /** Absolute path of the node executable. */
  readonly nodePath: string;
  /** Absolute path of dist/daemon/main.js. */
  readonly mainFile: string;
  /** The `--config` of the service; with null it uses /etc/portcast/config.yaml if there is one. */
  readonly configFile: string | null;
  /** Lets the service read the open files of every process, to name the owners of connections. This is close to root. */
  readonly nameOwners: boolean;
  /** Null: the service counts no failed connects. */
  readonly failureTracing: FailureTracing | null;
  /** Whether the daemon can send notifications itself. Else another process sends them, which systemd has to accept. */
  readonly notifiesItself: boolean;
}

/** The input of systemd-sysusers: a system user without a shell. */
export function renderSysusers(): string {
  return `u ${SERVICE_USER} - "portcast, forecasts TCP port exhaustion" ${STATE_DIRECTORY}\n`;
}

/** Renders the unit. @throws RangeError for a path that a unit file cannot hold. */
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
ExecStart=${command.map(quoteWord).join(' ')}
Environment=NODE_ENV=production
User=${SERVICE_USER}
Group=${SERVICE_USER}
StateDirectory=portcast
StateDirectoryMode=0700
ConfigurationDirectory=portcast
UMask=0077
# Every completed sampling cycle resets the watchdog, so a daemon that no longer samples is restarted.
WatchdogSec=60
Restart=on-failure
RestartSec=5
TimeoutStartSec=60
# The daemon stops within 5 seconds. systemd kills one that does not stop.
TimeoutStopSec=10
# Exit status 2 means a wrong configuration, which a restart does not correct.
RestartPreventExitStatus=2
MemoryMax=512M
TasksMax=64

${renderTracing(options.failureTracing)}${renderHardening(options.nameOwners)}
[Install]
WantedBy=multi-user.target
`;
}

/** With the `-` before its command a failure to prepare the instance is ignored: the daemon then reports that it counts no failures. */
function renderTracing(tracing: FailureTracing | null): string {
  if (tracing === null) return '';
  const shell = (script: string): string => `-+/bin/sh -c ${quoteWord(script)}`;
  return `# Only root may use tracefs. This prepares one tracing instance in it and lets the daemon read its events, which are the
# connects that failed because no port was free.
ExecStartPre=${shell(tracing.prepare)}
ExecStopPost=${shell(tracing.remove)}
RuntimeDirectory=portcast
RuntimeDirectoryMode=0700
BindPaths=-${tracing.folder}:${tracing.place}

`;
}

/**
 * As tight as sampling allows. Left out on purpose: PrivateNetwork (the daemon would see no sockets), ProcSubset=pid (hides
 * /proc/net), MemoryDenyWriteExecute (V8 compiles at run time), PrivateUsers (hides who owns a socket) and IPAddressDeny
 * (mail is sent over the network).
 */
function renderHardening(nameOwners: boolean): string {
  const capabilities = nameOwners ? 'CAP_SYS_PTRACE CAP_DAC_READ_SEARCH' : '';
  const owners = nameOwners
    ? `# To name the owners of connections the daemon reads /proc/PID/fd of every user.
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

/** Quotes a word of a command line. It escapes % and $, which begin specifiers and variables of systemd. */
function quoteWord(word: string): string {
  if (/[\p{Cc}]/u.test(word)) throw new RangeError(`a unit file cannot hold the path ${JSON.stringify(word)}`);
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`;
}
