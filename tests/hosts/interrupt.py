"""Ctrl-C ends a call of examples/python/sandcell.py at once, and the sandbox can be used after that."""

import os
import signal
import sys
import threading
import time

import sandcell

LIMIT = 3  # seconds, where a call that is not interrupted takes 60


def interrupt_once(sandbox, mark):
    """Sends SIGINT to this process when the command has begun, and returns when it did."""

    def watch():
        while sandbox.run("test", "-e", mark).exit_code != 0:
            pass
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    sent = []
    threading.Thread(target=watch).start()
    return sent


def check(sandbox, mark, call):
    sent = interrupt_once(sandbox, mark)
    try:
        call("sh", "-c", f"touch {mark}; sleep 60")
    except KeyboardInterrupt:
        took = time.monotonic() - sent[0]
        if took < LIMIT:
            return
        sys.exit(f"{mark}: the call ended {took:.1f} s after Ctrl-C")
    sys.exit(f"{mark}: the call was not interrupted")


def start_and_wait(sandbox):
    def call(*argv):
        with sandbox.start(*argv) as process:
            process.wait()

    return call


with sandcell.Client() as client, sandcell.Sandbox(client) as sandbox:
    check(sandbox, "/tmp/run", sandbox.run)
    check(sandbox, "/tmp/wait", start_and_wait(sandbox))
    if sandbox.run("echo", "on").stdout != b"on\n":
        sys.exit("the sandbox cannot be used after Ctrl-C")
