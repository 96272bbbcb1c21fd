/** The wording of mails about the rule `empty`: no port of the ephemeral range is usable. */

export const TITLE_WITHOUT_PORT = 'Every connect() fails: no local port is usable';
export const WAS_WITHOUT_PORT = 'no local port was usable';

export const FREE_THE_RANGE = {
  title: 'Give the ephemeral range ports that nothing else holds',
  detail:
    'sysctl net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports prints the range and the ports that are ' +
    'reserved in it; ss -tln lists the listeners.',
} as const;
