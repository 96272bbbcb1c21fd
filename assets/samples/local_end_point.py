"""Connects from a local address and port that the program chooses.

Usage: python3 local_end_point.py LOCAL_ADDRESS FIRST_PORT LAST_PORT REMOTE_ADDRESS REMOTE_PORT
"""

import errno
import socket
import sys

TAKEN = (errno.EADDRINUSE, errno.EADDRNOTAVAIL)


def connect(local_address, ports, remote):
    """Tries the ports in their order, and skips those that are in use or still in TIME_WAIT towards the remote end."""
    for port in ports:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # On Linux a port in TIME_WAIT towards another destination can then be bound. Leave it out on Windows.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((local_address, port))
            sock.connect(remote)
            return sock
        except OSError as error:
            sock.close()
            if error.errno not in TAKEN:
                raise
    raise OSError(errno.EADDRNOTAVAIL, 'no port of the range is free')


if __name__ == '__main__':
    address, first, last, remote_address, remote_port = sys.argv[1:6]
    with connect(address, range(int(first), int(last) + 1), (remote_address, int(remote_port))) as connection:
        print('local %s:%d' % connection.getsockname())
