"""Runs dnf's own command line once for each JSON line in, in a process of its own, and answers with a JSON line.

What is loaded once for all is the program; each run is a fresh copy of it, ended when its time is over.
"""

import json
import os
import select
import signal
import sys
import tempfile

import dnf.cli.main


def run(arguments, patience):
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            code = dnf.cli.main.user_main(arguments)
            sys.stdout.flush()
            os._exit(code if isinstance(code, int) else 1)
        late = not wait(child, patience)
        if late:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        output.seek(max(0, output.seek(0, os.SEEK_END) - 20000))
        text = output.read().decode("utf-8", "replace")
    return {"code": os.waitstatus_to_exitcode(status), "text": text, "late": late}


def wait(child, seconds):
    handle = os.pidfd_open(child)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


for line in sys.stdin:
    wish = json.loads(line)
    print(json.dumps(run(wish["arguments"], wish["seconds"])), flush=True)
