"""A command for tests: prints `ready` and its process id, then each signal that it gets, and ends with code 42
after as many as its argument says."""

import os
import signal
import sys

COUNTED = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2]


def say(line):
    os.write(1, (line + "\n").encode())


signal.pthread_sigmask(signal.SIG_BLOCK, COUNTED)
say(f"ready {os.getpid()}")
for _ in range(int(sys.argv[1])):
    say(signal.Signals(signal.sigwait(COUNTED)).name)
sys.exit(42)
