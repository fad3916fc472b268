"""How fast pages are served: `serving.py [--seconds N]`.

With `wrk`, on two workers of gunicorn: requests per second of a bare Django view that says hello, of the front page and
an article that are kept, and of both built anew each time (CACHE_URL=dummycache://), in turns and in one run. What
counts is the ratio to the hello: machines differ, and so do minutes.
"""

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from shutil import which

ROOT = Path(__file__).resolve().parent.parent
GENERATOR = ROOT.parent / "shared" / "bench" / "gen_corpus.py"
HERE = Path(__file__).resolve().parent
STORIES = 10_000
ROUNDS = 9  # short turns: what else the machine does meets all alike


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast public pages are served.")
    parser.add_argument("--seconds", type=int, default=1, help="how long wrk asks for one page at a time")
    options = parser.parse_args()
    if not GENERATOR.is_file():
        sys.exit(f"benchmarks: needs gen_corpus.py in {os.path.relpath(GENERATOR.parent)}, beside the checkout.")
    compare_with_hello(options.seconds)
    return 0


def compare_with_hello(seconds: int) -> None:
    """Print requests per second, and their ratio to the hello's: medians of some rounds in turns."""
    if which("wrk") is None:
        print("wrk is not installed: requests per second are not measured.", flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as name:
        folder = Path(name)
        environment = os.environ | {"DATASTORIES_URL": f"sqlite:///{folder}/site.sqlite3", "LOG_LEVEL": "ERROR"}
        print(f"Importing {STORIES:,} stories …", flush=True)
        _run(GENERATOR, folder / "seeds", STORIES)
        _manage("migrate", "--verbosity=0", environment=environment)
        _manage("import_seeds", folder / "seeds", "--verbosity=0", environment=environment)
        with (
            _served("hello:application", environment, HERE) as hello,
            _served("newsdesk.wsgi:application", environment) as kept,
            _served("newsdesk.wsgi:application", environment | {"CACHE_URL": "dummycache://"}) as anew,
        ):
            article = _first_article(kept)
            addresses = {"hello": hello + "/"}
            for name, path in (("front page", "/"), ("article", article)):
                addresses |= {f"{name}, kept": kept + path, f"{name}, anew": anew + path}
            for address in addresses.values():  # both workers awake, and each page kept
                _requests_per_second(address, 1)
            rates = {name: [] for name in addresses}
            for _ in range(ROUNDS):
                for name, address in addresses.items():
                    rates[name].append(_requests_per_second(address, seconds))
    print(f"\n{'requests per second, median of ' + str(ROUNDS):40}{'':>10}{'× hello':>10}")
    for name, found in rates.items():
        ratio = statistics.median(rate / of_hello for rate, of_hello in zip(found, rates["hello"], strict=True))
        print(f"{name:40}{statistics.median(found):>10,.0f}{ratio:>10.3f}", flush=True)


@contextmanager
def _served(application: str, environment: dict, folder: Path = ROOT):
    """The address of two workers that serve an application, in its folder, with the settings of gunicorn.conf.py."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"]
    process = subprocess.Popen([*command, "--log-level", "error", application], cwd=folder, env=environment)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _requests_per_second(address: str, seconds: int) -> float:
    told = subprocess.run(["wrk", "-t1", "-c8", f"-d{seconds}s", address], capture_output=True, text=True, check=True)
    if "Non-2xx" in told.stdout:
        sys.exit(f"{address} is not answered with a page:\n{told.stdout}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told.stdout)[1])


def _first_article(address: str) -> str:
    from urllib.request import urlopen

    with urlopen(address + "/") as page:
        return re.search(r'href="(/articles/[^"/]+/)"', page.read().decode())[1]


def _run(script: Path, *arguments) -> None:
    subprocess.run([sys.executable, str(script), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def _manage(*arguments, environment: dict) -> None:
    command = [sys.executable, "manage.py", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
