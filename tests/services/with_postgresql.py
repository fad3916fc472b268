"""Run a command beside a throw-away PostgreSQL server: `with_postgresql.py [--if-there] COMMAND…`

The server lives in a temporary folder and answers on a free port of this machine, with a password made for it. The
command finds it in DATABASE_URL. When the command has ended, however it ended, the server and its folder are gone. The
exit code is the command's. Where POSTGRES_URL is set, that server is used and none is started.

`--check` runs nothing: it says where there is no PostgreSQL, and fails there if REQUIRE_SERVICES=1.
`--if-there` runs the command only where there is one.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

MISSING = "no PostgreSQL: initdb is neither on PATH nor in /usr/lib/postgresql/*/bin, and POSTGRES_URL is not set"
# Nothing here outlives the tests: no need to wait for disks.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
fsync = off
full_page_writes = off
synchronous_commit = off
"""


def main(arguments: list[str]) -> int:
    """The exit code of the command, or 128 and the number of the signal that ended it."""
    option = arguments.pop(0) if arguments and arguments[0] in ("--check", "--if-there") else ""
    there = bool(os.environ.get("POSTGRES_URL") or server_programs())
    if option == "--check":
        return 0 if there else _tell_missing()
    if not there and option == "--if-there":
        return 0
    if not there or not arguments:
        sys.exit(f"with_postgresql.py: {'no command given' if there else MISSING}")
    for number in (signal.SIGTERM, signal.SIGHUP):  # as an exception, so that everything is put away
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    if url := os.environ.get("POSTGRES_URL"):
        return run(arguments, url)
    with throw_away_server(server_programs()) as url:
        return run(arguments, url)


def _tell_missing() -> int:
    required = os.environ.get("REQUIRE_SERVICES") == "1"
    if required:
        print(f"REQUIRE_SERVICES=1, but there is {MISSING}.", file=sys.stderr)
    else:
        print(f"The suite on PostgreSQL is skipped: {MISSING}.")
    return 1 if required else 0


def server_programs() -> Path | None:
    """The folder of initdb and pg_ctl: the one on PATH, else the newest where Debian puts them. None without either."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in folders), key=lambda path: float(path.parent.name), default=None)


@contextmanager
def throw_away_server(programs: Path):
    """A running server for the length of the block; its URL, with an empty database `newsdesk` in it."""
    with tempfile.TemporaryDirectory(prefix="newsdesk-postgresql-") as folder:
        owner = _server_user(folder)
        data = f"{folder}/data"

        def call(program, *options):
            command = [programs / program, "-D", data, *options]
            # Its own session: Ctrl-C is for the tests, which still need the server to clean up.
            subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, start_new_session=True, **owner)

        port, password = _free_port(), secrets.token_hex(16)
        Path(folder, "password").write_text(password)
        # The socket needs no password, but lies in a folder that nobody else can enter.
        access = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={folder}/password")
        call("initdb", "--username=newsdesk", *access, "--encoding=UTF8", f"--locale={_locale()}", "--no-sync")
        with open(f"{data}/postgresql.conf", "a") as file:
            file.write(CONFIGURATION.format(folder=folder, port=port))
        try:
            call("pg_ctl", "start", "--wait", "--silent", f"--log={folder}/log")
            at = ("--host", folder, "--port", str(port), "--username", "newsdesk")
            subprocess.run([programs / "createdb", *at, "newsdesk"], check=True)
            yield f"postgres://newsdesk:{password}@127.0.0.1:{port}/newsdesk"
        finally:
            call("pg_ctl", "stop", "--mode=immediate", "--silent")


def _server_user(folder: str) -> dict:
    """PostgreSQL refuses to run as root: its processes, and the folder, are then given to another user."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    sys.exit("with_postgresql.py: PostgreSQL does not run as root, and there is no user postgres or nobody.")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _locale() -> str:
    return "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"


def run(command: list[str], url: str) -> int:
    print("On PostgreSQL:", flush=True)
    child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
    try:
        code = child.wait()
    except KeyboardInterrupt:  # the terminal has told the child too
        code = child.wait()
    except SystemExit:
        child.terminate()
        child.wait()
        raise
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
