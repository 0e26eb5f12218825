"""Runs an interactive shell on a terminal of its own and plays a script on it.

Arguments: KEYS and EXPECTED in turns. KEYS are typed (with Python's escapes), then the terminal is read until
EXPECTED, a regular expression, has appeared in what came since the last match. Instead of keys, `kill NAME` sends a
signal to the process whose id was the last group that matched. Prints all that was on the terminal; ends with 1 and
says what was missing if it does not come.
"""

import os
import pty
import re
import select
import signal
import sys
import time

# Only against a hang: nothing here takes a second.
PATIENCE = 30

shell, terminal = pty.fork()
if shell == 0:
    os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"])

seen, unread, process = b"", b"", None


def wait_for(expected):
    global seen, unread, process
    while not (found := re.search(expected.encode(), unread, re.S)):
        if not select.select([terminal], [], [], PATIENCE)[0]:
            fail(f"{expected!r} did not appear in {unread!r}")
        try:
            more = os.read(terminal, 4096)
        except OSError:
            fail(f"the terminal was closed before {expected!r} appeared in {unread!r}")
        seen, unread = seen + more, unread + more
    unread = unread[found.end():]
    if found.groups():
        process = int(found.group(1))


def is_pending():
    """Whether the process has still to take a signal: another of its kind would be the same one."""
    with open(f"/proc/{process}/status") as status:
        masks = [line.split()[1] for line in status if line.startswith(("SigPnd:", "ShdPnd:"))]
    return any(int(mask, 16) for mask in masks)


def fail(problem):
    print(seen.decode(errors="replace"))
    print(problem)
    os.kill(shell, signal.SIGKILL)
    sys.exit(1)


steps = iter(sys.argv[1:])
for keys, expected in zip(steps, steps):
    if keys.startswith("kill "):
        while is_pending():
            time.sleep(0.001)
        os.kill(process, getattr(signal, keys[5:]))
    else:
        os.write(terminal, keys.encode().decode("unicode_escape").encode("latin-1"))
    wait_for(expected)
print(seen.decode(errors="replace"))
os.kill(shell, signal.SIGKILL)
