/** The wording of mails about the rule `empty`: no port of the ephemeral range is usable. */

export const FREE_THE_RANGE = {
  title: 'Give the ephemeral range ports that nothing else holds',
  detail: 'The first command prints the range and the ports that are reserved in it, the second one the listeners.',
  commands: ['sysctl net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports', 'ss -tln'],
} as const;
