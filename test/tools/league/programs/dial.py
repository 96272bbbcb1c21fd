"""Connects on a schedule, each connection in a thread of its own that waits for the answer as long as the kernel does.

/usr/bin/python3 dial.py HOST PORT PER_SECOND SECONDS
"""
import socket
import sys
import threading
import time

host, port, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])


def dial():
    try:
        socket.create_connection((host, port)).close()
        print("connected", flush=True)
    except OSError as error:
        print(error, flush=True)


start = time.monotonic()
for n in range(int(rate * seconds)):
    time.sleep(max(0.0, start + n / rate - time.monotonic()))
    threading.Thread(target=dial, daemon=True).start()
    if n == 0:
        print("dialling", flush=True)
time.sleep(max(0.0, start + seconds - time.monotonic()))
