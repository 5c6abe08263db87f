"""Others on the machine: they neither get at the server, nor does what they put in its way become part of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dgcli.errors import InputError
from dgcli.serve.places import lock_in, socket_in
from tests.serve.conftest import Running

pytest.importorskip("starlette", reason="needs the extra `serve`")
pytest.importorskip("uvicorn", reason="needs the extra `serve`")
from dgcli.serve.server import _locked, _socket, token_in

NOBODY = 65534
TRY = """
import os, socket, sys
def tried(what, *arguments):
    try:
        what(*arguments)
    except OSError:
        return
    print(what, *arguments)
folder, socket_, lock = sys.argv[1:]
tried(socket.socket(socket.AF_UNIX).connect, socket_)
tried(os.listdir, folder)
tried(open, lock, "rb")
tried(os.rename, folder, folder + "2")
tried(os.unlink, socket_)
tried(os.symlink, "/", folder + "/more")
tried(os.chmod, folder, 0o777)
"""


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder such as /tmp, in which others make what they want."""
    made = Path(tempfile.mkdtemp(prefix="dg"))
    made.chmod(0o1777)
    yield made
    shutil.rmtree(made)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_another_user_can_do_nothing_with_socket_lock_and_folder(open_to_all: Path) -> None:
    folder = open_to_all / "dg"
    with _locked(folder), _socket(folder):
        places = map(str, (folder, socket_in(folder), lock_in(folder)))
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", TRY, *places],
                check=False,
                user=NOBODY,
                group=NOBODY,
                extra_groups=(),
                cwd="/",
                capture_output=True,
                text=True,
            )
        except PermissionError:
            pytest.skip("nobody else may run this Python")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_a_folder_of_another_user_is_not_used(open_to_all: Path) -> None:
    folder = open_to_all / "dg"
    folder.mkdir(mode=0o777)
    os.chown(folder, NOBODY, NOBODY)
    with pytest.raises(InputError, match="not a folder that you own"), _locked(folder):
        pass
    assert list(folder.iterdir()) == []


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o755)
    (tmp_path / "dg").symlink_to(tmp_path / "mine")
    with pytest.raises(InputError, match="not a folder that you own"), _locked(tmp_path / "dg"):
        pass
    assert list((tmp_path / "mine").iterdir()) == []


def _link(place: Path) -> None:
    place.symlink_to(place.with_name("elsewhere"))


def _pipe(place: Path) -> None:
    os.mkfifo(place, 0o600)


@pytest.mark.parametrize("put", [_link, _pipe])
def test_what_lies_where_the_lock_should_be_is_no_lock(tmp_path: Path, put: Callable[[Path], None]) -> None:
    """The folder may have been open to others once."""
    put(lock_in(tmp_path))
    with pytest.raises(InputError, match=r"cannot be used|not a file that you own"), _locked(tmp_path):
        pass
    assert not (tmp_path / "elsewhere").exists()


class TestToken:
    def test_it_is_made_once_for_its_owner_only(self, tmp_path: Path) -> None:
        token, made = token_in(tmp_path / "settings")
        assert made
        assert len(token) >= 43  # 256 bits
        assert (tmp_path / "settings" / "serve-token").stat().st_mode & 0o777 == 0o600
        assert token_in(tmp_path / "settings") == (token, False)
        assert token_in(tmp_path / "others")[0] != token

    @pytest.mark.parametrize("mode", [0o604, 0o640, 0o660])
    def test_one_that_others_could_read_is_none(self, tmp_path: Path, mode: int) -> None:
        token_in(tmp_path)
        (tmp_path / "serve-token").chmod(mode)
        with pytest.raises(InputError, match="could be read by others"):
            token_in(tmp_path)

    @pytest.mark.parametrize("text", [b"", b"\n", b"\xff"])
    def test_a_file_without_a_token(self, tmp_path: Path, text: bytes) -> None:
        token_in(tmp_path)
        (tmp_path / "serve-token").write_bytes(text)
        with pytest.raises(InputError):
            token_in(tmp_path)

    @pytest.mark.parametrize("put", [_link, _pipe])
    def test_what_lies_in_its_place_is_none(self, tmp_path: Path, put: Callable[[Path], None]) -> None:
        """A link could lead to a file that is ours alone, with a text that others know."""
        (tmp_path / "elsewhere").write_text("known")
        (tmp_path / "elsewhere").chmod(0o600)
        put(tmp_path / "serve-token")
        with pytest.raises(InputError, match="not a file that you own"):
            token_in(tmp_path)

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer a-toke", "Bearer a-token2", "a-token"])
    def test_nothing_else_opens(self, running: Running, header: str) -> None:
        status, _ = running.ask("/dg/status", tcp=True, method="GET", authorization=header)
        assert status == 401
