/**
 * What every remedy is, whatever pool it is for: its title, what it takes, what may go wrong and which systems have it. Plans
 * and pools fill in the effect and the commands.
 */

interface Entry {
  readonly title: string;
  readonly cost: string;
  readonly risk: string;
  readonly appliesTo: string;
}

const ANY = 'any system';
const CODE_CHANGE = 'A change of the client program, or of its configuration.';
const NONE_KNOWN = 'None known.';

export const CATALOGUE = {
  keep_alive: {
    title: 'Keep connections alive or pool them',
    cost: CODE_CHANGE,
    risk: 'The server may close an idle connection just when the client uses it: the client must then send the request again.',
    appliesTo: ANY,
  },
  tw_reuse: {
    title: 'Let connect() reuse TIME_WAIT ports',
    cost: 'One command as root; no restart.',
    risk: 'It needs TCP timestamps at both ends. Behind a NAT or a load balancer that rewrites ports, a server may answer an early reuse with a challenge ACK, and connects to it can then take up to 75 s.',
    appliesTo: 'Linux',
  },
  reuse_delay: {
    title: 'Let connect() reuse TIME_WAIT ports sooner',
    cost: 'One command as root; no restart.',
    risk: 'A segment of the old connection that is still on its way can reach the new one, where it is dropped by its timestamp only if the clock of the peer advanced.',
    appliesTo: 'Linux 6.14 or later',
  },
  peer_timestamps: {
    title: 'Turn on TCP timestamps at the server',
    cost: 'A change at the server.',
    risk: 'Each segment becomes 12 bytes longer.',
    appliesTo: ANY,
  },
  wider_range: {
    title: 'Widen the range of local ports',
    cost: 'Two commands as root; no restart.',
    risk: 'A service that starts later on a port of the range finds it in use, unless that port is reserved.',
    appliesTo: 'Linux',
  },
  second_destination: {
    title: 'Spread over a second address or port of the server',
    cost: 'A second address or port at the server, and a client that uses both equally.',
    risk: 'A client that prefers one of the two fills the ports of that one.',
    appliesTo: ANY,
  },
  second_source: {
    title: 'Connect from a second local address as well',
    cost: 'A second address on this host, and a client that chooses its local address.',
    risk: 'Firewalls and access lists of the server must know the second address.',
    appliesTo: ANY,
  },
  server_closes: {
    title: 'Let the server close first',
    cost: 'A change of the protocol or of the server: the client waits for the end of the stream before it closes.',
    risk: 'The TIME_WAIT sockets move to the server, where they take memory and no ports.',
    appliesTo: ANY,
  },
  local_proxy: {
    title: 'Send the requests through a local proxy that keeps its connections open',
    cost: 'A proxy on this host (HAProxy, nginx, Envoy, PgBouncer) that clients reach by a Unix socket.',
    risk: 'One more program on the way of each request.',
    appliesTo: ANY,
  },
  unix_socket: {
    title: 'Use a Unix socket: both ends are on this host',
    cost: 'A change of the configuration of the server and of the client.',
    risk: NONE_KNOWN,
    appliesTo: 'Linux, macOS, Windows 10 or later',
  },
  bind_no_port: {
    title: 'Do not take a port at bind()',
    cost: CODE_CHANGE,
    risk: NONE_KNOWN,
    appliesTo: 'Linux 4.2 or later',
  },
  local_port_range: {
    title: 'Give the clients that bind a part of the range of their own',
    cost: CODE_CHANGE,
    risk: 'A part that is too small runs out by itself.',
    appliesTo: 'Linux 6.3 or later',
  },
  separate_ranges: {
    title: 'Give the programs that bind a range of their own',
    cost: CODE_CHANGE,
    risk: 'A part that is too small runs out by itself.',
    appliesTo: 'Linux',
  },
  newer_kernel: {
    title: 'Use Linux 6.18 or later',
    cost: 'A new kernel and a reboot.',
    risk: 'That of any change of the kernel.',
    appliesTo: 'Linux',
  },
  so_linger: {
    title: 'Last resort: close with SO_LINGER and a time of 0',
    cost: CODE_CHANGE,
    risk: 'Data that the other side has not read yet is lost without an error at the sender, and the other side sees a reset. Only for servers that are known to bear it, and only after the whole answer was read.',
    appliesTo: ANY,
  },
  fin_timeout: {
    title: 'Shorten FIN_WAIT2 of sockets without an owner',
    cost: 'One command as root; no restart.',
    risk: 'A server that closes later than that gets a reset in answer to its last segment.',
    appliesTo: 'Linux',
  },
  check_peer: {
    title: 'Find out why the server does not answer',
    cost: 'Looking at the server and at the firewalls on the way.',
    risk: NONE_KNOWN,
    appliesTo: ANY,
  },
  find_owner: {
    title: 'Find out which process holds them',
    cost: 'One command as root.',
    risk: 'A restart of that process ends its connections.',
    appliesTo: ANY,
  },
  connect_timeout: {
    title: 'Give the client a connect time-out of a few seconds, and a pause before it tries again',
    cost: CODE_CHANGE,
    risk: 'A server that is only slow counts as down.',
    appliesTo: ANY,
  },
  syn_retries: {
    title: 'Let the kernel give up an unanswered connect sooner',
    cost: 'One command as root; no restart.',
    risk: 'Each connect of this host gives up sooner, also on paths that lose packets.',
    appliesTo: 'Linux',
  },
  close_sockets: {
    title: 'Make the application close the sockets in CLOSE_WAIT',
    cost: 'A correction of the program; a restart frees its ports until then.',
    risk: NONE_KNOWN,
    appliesTo: ANY,
  },
  bound_pool: {
    title: 'Limit the number of connections that the application keeps open',
    cost: CODE_CHANGE,
    risk: 'Requests wait for a free connection while the pool is at its maximum.',
    appliesTo: ANY,
  },
  dynamic_port_range: {
    title: 'Widen the dynamic port range',
    cost: 'One command as administrator; no restart.',
    risk: 'A service that starts later on a port of the range finds it in use.',
    appliesTo: 'Windows Vista, Server 2008 or later',
  },
  max_user_port: {
    title: 'Raise MaxUserPort',
    cost: 'A change of the registry and a restart of Windows.',
    risk: 'A service that starts later on a port of the range finds it in use.',
    appliesTo: 'Windows 2000, XP, Server 2003',
  },
  timed_wait_delay: {
    title: 'Lower TcpTimedWaitDelay to 30 s',
    cost: 'A change of the registry and a restart of Windows.',
    risk: 'A segment that is late by more than 30 s can reach a new connection with the same ports.',
    appliesTo: 'Windows',
  },
  choose_local_port: {
    title: 'Choose the local end point in the code',
    cost: CODE_CHANGE,
    risk: 'The program must itself skip a port that is in use.',
    appliesTo: ANY,
  },
  auth_sharing: {
    title: 'Share connections that were authenticated by NTLM or Negotiate',
    cost: CODE_CHANGE,
    risk: 'A request can go out under the identity of another user: give each user a connection group of its own.',
    appliesTo: '.NET Framework',
  },
} as const satisfies Record<string, Entry>;

export type RemedyName = keyof typeof CATALOGUE;
