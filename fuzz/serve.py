"""Ask a server for nonsense: `python -m fuzz.serve --requests 10000`. It is started for this, with the tiny checkpoint.

Requests are good ones of every door with something wrong in them, or many things. What is looked at: each is answered,
as JSON or events, and never by a fault; the log is silent; memory and handles stay what they were (Linux tells them).
Ends with 1 where something is not so.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from tests.checkpoints import TINY

WARM = 0.1  # of all requests: what caches and the allocator take meanwhile is not counted
MOST_MEMORY = 1.05  # times what it was
PATIENCE = 3.0  # seconds; then the client goes, as people do
RUN = {"seed": 1, "steps": 1}
MESSAGES = [{"role": "user", "content": "Hi"}]
GOOD: dict[str, dict[str, Any]] = {
    "/dg/infill": {"text": "A [[?~2]] c", "name": "a.md", "alternatives": 1, "strength": 1.0, **RUN},
    "/dg/restyle": {"text": "We go there.", "register": "formal", "keep": [], "examples": [["a", "b"]], **RUN},
    "/dg/generate": {"prompt": "Hi", "max_tokens": 2, **RUN},
    "/dg/language": {"text": "Hi"},
    "/v1/completions": {"prompt": "A ", "suffix": " c", "max_tokens": 2, "stop": ["."], "seed": 1, "n": 1},
    "/v1/fim/completions": {"prompt": "A ", "suffix": " c", "max_tokens": 2, "seed": 1},
    "/v1/chat/completions": {"messages": MESSAGES, "max_tokens": 2, "seed": 1},
    "/v1/edit/completions": {
        "messages": [
            {
                "role": "user",
                "content": "<|current_file_content|>\n<|code_to_edit|>\na <|cursor|> c\n<|/code_to_edit|>\n"
                "<|/current_file_content|>",
            }
        ],
        "seed": 1,
    },
    "/infill": {"input_prefix": "A ", "input_suffix": " c", "prompt": "", "n_predict": 2, "input_extra": [], "seed": 1},
}
ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**31, 2**63, 2**64, 10**400, 1e308, float("nan"), float("inf"), 0.5, "", " ", "\0", "\ud800"),
    *(
        "[[?]]",
        "[[?",
        "]]",
        "<|turn>",
        "<eos>",
        "<pad>",
        "\x1b[2J",
        "../../etc/passwd",
        "/dev/zero",
        "(a+)+$",
        "é" * 99,
    ),
    *("x" * 5_000, "[[?]] " * 50, [], [[]], {}, {"": {}}, [1] * 200, "1", "-1", "true", "😀", "\r\n", "\u202e"),
)


def nonsense(random: Random) -> tuple[str, str, bytes, dict[str, str]]:
    """Method, path, body and headers of a request."""
    path = random.choice(list(GOOD))
    body: Any = dict(GOOD[path])
    for _ in range(random.choice((0, 1, 1, 1, 2, 5))):
        match random.randrange(6):
            case 0:
                body.pop(random.choice([*body, ""]), None)
            case 1:
                body[random.choice(("stream", "events", "echo", "only", "spans", "marker", "model", "x\0"))] = odd(
                    random
                )
            case 2:
                body["stream"] = True
            case _:
                body[random.choice(list(body) or ["text"])] = odd(random)
    if random.random() < 0.05:
        body = odd(random)
    data = json.dumps(body).encode()
    if random.random() < 0.1:
        place = random.randrange(len(data) + 1)
        data = random.choice((data[:place], data[:place] + b"\xff\xfe" + data[place:], data * 2, b"[" * 9_000, b""))
    headers = {"content-type": "application/json"}
    if random.random() < 0.05:
        name = random.choice(("origin", "host", "authorization", "content-type", "expect", "content-encoding", "range"))
        headers[name] = random.choice(("https://a.b", "evil.example", "Bearer x", "text/html", "gzip", "100-continue"))
    method = "POST" if random.random() < 0.97 else random.choice(("GET", "PUT", "DELETE", "OPTIONS", "HEAD", "BREW"))
    if random.random() < 0.03:
        path = random.choice(
            (f"{path}/", f"{path}/../..", "/%00", "//", "/v1/models/%2e%2e", "/openapi.json", "/health")
        )
    return method, path, data, headers


def odd(random: Random) -> Any:
    return [random.choice(ODD)] if random.random() < 0.1 else random.choice(ODD)


def ask(place: Path, method: str, path: str, data: bytes, headers: dict[str, str]) -> str:
    """What came of it: the status, or that it took long; what is wrong with the answer is said behind it."""
    connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(PATIENCE)
    connection.sock.connect(str(place))
    try:
        connection.request(method, path, data, headers)
        response = connection.getresponse()
        content = response.read().decode()
    except TimeoutError:
        return "left"
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {type(error).__name__}"
    finally:
        connection.close()
    wrong = "Traceback" in content or "A fault inside dg" in content
    if response.headers.get("content-type", "").startswith("application/json") and method != "HEAD":
        wrong = wrong or not isinstance(json.loads(content), dict)
    busy = response.status == 503
    return f"{response.status}{' WRONG' if wrong or (response.status >= 500 and not busy) else ''}"


def settled(process: int) -> tuple[int, int]:
    """As `used`, when the last connection is closed."""
    time.sleep(1)
    return used(process)


def used(process: int) -> tuple[int, int]:
    """Kilobytes of memory and handles of a process."""
    status = Path(f"/proc/{process}/status").read_text()
    memory = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return memory, len(os.listdir(f"/proc/{process}/fd"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    random, found = Random(wanted.seed), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="dg") as home:
        place = Path(home, "dg", "serve.sock")
        command = [sys.executable, "-m", "dgcli", "serve", "-m", str(TINY)]
        variables = {**os.environ, "XDG_RUNTIME_DIR": home, "XDG_CONFIG_HOME": home}
        with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as server:
            while not place.exists():
                time.sleep(0.1)
            before = (0, 0)
            for number in range(wanted.requests):
                if number == int(WARM * wanted.requests):
                    before = settled(server.pid)
                request = nonsense(random)
                outcome = ask(place, *request)
                if "WRONG" in outcome or outcome.startswith("no answer"):
                    print(outcome, *request[:2], request[2][:300], request[3])
                found[outcome] += 1
            after = settled(server.pid)
            server.terminate()
            said = server.communicate()[1].splitlines()[1:-1]  # but that it serves, and that it has ended
    print(f"{dict(found.most_common())}")
    print(f"memory {before[0]} → {after[0]} kB, handles {before[1]} → {after[1]}; the log: {said or 'nothing'}")
    wrong = any("WRONG" in outcome for outcome in found) or bool(said) or before[1] != after[1]
    return int(wrong or after[0] > MOST_MEMORY * before[0])


if __name__ == "__main__":
    sys.exit(main())
