/** What is often advised against exhaustion of ports and is wrong, each with what is true. */

export interface Myth {
  readonly name: string;
  readonly myth: string;
  readonly truth: string;
}

export const MYTHS: readonly Myth[] = [
  {
    name: 'fin_timeout',
    myth: 'net.ipv4.tcp_fin_timeout shortens TIME_WAIT.',
    truth:
      'It concerns sockets in FIN_WAIT2 that no process owns any more. TIME_WAIT lasts 60 s on Linux and cannot be set, except on the kernels of some vendors that have net.ipv4.tcp_tw_timeout.',
  },
  {
    name: 'tw_recycle',
    myth: 'net.ipv4.tcp_tw_recycle = 1 frees ports sooner.',
    truth: 'It was removed in Linux 4.12, and before that it refused connections of clients behind a NAT.',
  },
  {
    name: 'conntrack_timeout',
    myth: 'A shorter nf_conntrack_tcp_timeout_time_wait frees ports.',
    truth: 'It frees entries of the table of connection tracking, which NAT uses. The sockets and their ports stay.',
  },
  {
    name: 'tw_buckets',
    myth: 'A lower net.ipv4.tcp_max_tw_buckets is a safe way to have fewer TIME_WAIT sockets.',
    truth:
      'Above that number the kernel closes without TIME_WAIT, so late segments of an old connection can reach a new one. It hides the number and not its cause.',
  },
  {
    name: 'many_time_wait',
    myth: 'Many TIME_WAIT sockets are a fault in themselves.',
    truth: 'Each takes about 250 bytes. Only a pool that is close to its capacity is a problem.',
  },
  {
    name: 'host_limit',
    myth: 'A host can have only 28,232 connections.',
    truth:
      'That many ports are in the default range of Linux for each combination of local address, remote address and remote port. Another destination can use the same ports again.',
  },
];
