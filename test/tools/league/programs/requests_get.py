"""Calls a URL on a schedule with Python requests, each call with a connection of its own or all with one session.

/usr/bin/python3 requests_get.py URL alone|session RATExSECONDS [RATExSECONDS ...]

It prints `phase N` when the Nth part of the schedule starts, and the error of each call that fails.
"""
import sys
import time

import requests

url, how, *phases = sys.argv[1:]
get = requests.Session().get if how == "session" else requests.get
phase_start = time.monotonic()
for number, phase in enumerate(phases, start=1):
    rate, seconds = (float(part) for part in phase.split("x"))
    print("phase", number, flush=True)
    for n in range(int(rate * seconds)):
        time.sleep(max(0.0, phase_start + n / rate - time.monotonic()))
        try:
            get(url, timeout=5)
        except requests.RequestException as error:
            print(error, flush=True)
    phase_start += seconds
    time.sleep(max(0.0, phase_start - time.monotonic()))
