/** What helps clients that bind before they connect. */
import type { PoolForecast } from '../forecast/types.js';
import type { HostLimits } from '../host/limits.js';
import { formatCount } from '../units.js';
import { readPlatform } from './assumed-platform.js';
import { buildRemedy } from './build-remedy.js';
import type { CodeSample, Remedy } from './effect.js';

const NO_PORT_SAMPLES: readonly CodeSample[] = [
  {
    language: 'python',
    title: 'no port at bind()',
    code: `IP_BIND_ADDRESS_NO_PORT = 24
sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
sock.bind((local_address, 0))
sock.connect(server)`,
  },
  {
    language: 'go',
    title: 'no port at bind()',
    code: `dialer := net.Dialer{
	LocalAddr: &net.TCPAddr{IP: localAddress},
	Control: func(_, _ string, raw syscall.RawConn) (err error) {
		doing := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, 24, 1) // IP_BIND_ADDRESS_NO_PORT
		})
		return errors.Join(doing, err)
	},
}`,
  },
];

const RANGE_SAMPLES: readonly CodeSample[] = [
  {
    language: 'python',
    title: 'a part of the range for one socket',
    code: `IP_BIND_ADDRESS_NO_PORT, IP_LOCAL_PORT_RANGE = 24, 51
sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
sock.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, last_port << 16 | first_port)
sock.bind((local_address, 0))
sock.connect(server)`,
  },
];

/** Clients that bind first share one pool per local address, instead of one per destination (kernel rule 7). */
export function suggestNoBind(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  if (forecast.kind !== 'bind' || readPlatform(limits) !== 'linux') return [];
  const verify = {
    text: 'The forecast lists one pool for each destination in place of this one.',
    command: 'portcast forecast',
    expected: 'no pool with "any" as its destination',
  };
  return [
    buildRemedy('bind_no_port', {
      detail: `Set IP_BIND_ADDRESS_NO_PORT before bind(${forecast.localAddress}, 0), or do not bind at all: then every destination has ${formatCount(forecast.capacity)} ports of its own.`,
      code: NO_PORT_SAMPLES,
      verify,
    }),
  ];
}

export function suggestParts({ kind }: PoolForecast, limits: HostLimits): Remedy[] {
  if (kind !== 'bind' || readPlatform(limits) !== 'linux') return [];
  return [
    buildRemedy('local_port_range', {
      detail:
        "IP_LOCAL_PORT_RANGE, together with IP_BIND_ADDRESS_NO_PORT, gives the sockets of a program a part of ip_local_port_range: programs with parts of their own no longer take each other's ports.",
      code: RANGE_SAMPLES,
      verify: {
        text: 'The local ports of the program lie in its part.',
        command: 'ss -tn',
        expected: 'local ports of that part',
      },
    }),
  ];
}
