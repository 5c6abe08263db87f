"""The recipe of Neovim, with its own language client, headless."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dgcli
from dgcli.lsp.documents import OpenDocument
from dgcli.lsp.filler import ModelFiller
from dgcli.serve.model import LocalModel
from dgcli.tasks.restyle.registers import read_registers
from tests.checkpoints import TINY

pytestmark = pytest.mark.neovim
RECIPE = Path(__file__).parents[2] / "contrib" / "dg.lua"
DRAFT = "One 😀 [[?]] e\u0301 two.\n\nSo it is good.\n\nLast [[?]] stays.\n"
DRIVE = r"""
local function text() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') end
local function wait(done)
  if not vim.wait(600000, done, 10) then vim.cmd('cquit') end
end
local function changes(act)
  local before = text()
  act()
  wait(function() return text() ~= before end)
  local after = text()
  vim.cmd('undo')
  if text() ~= before then vim.cmd('cquit') end
  vim.cmd('redo')
  if text() ~= after then vim.cmd('cquit') end
end
vim.cmd('set filetype=markdown')
local clients = vim.lsp.get_clients or vim.lsp.buf_get_clients
wait(function()
  for _, each in pairs(clients()) do if each.initialized then return true end end
end)
changes(function() vim.cmd('1DgFill') end)
changes(function()
  vim.cmd('normal! 3GV')
  vim.cmd([[execute "normal! \<Esc>"]])
  vim.cmd("'<,'>DgAs formal")
end)
vim.cmd('write | quitall!')
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_neovim_fills_a_hole_and_restyles_what_is_selected(tmp_path: Path, ending: str) -> None:
    """Each is one change to undo, and lines end as they did."""
    pytest.importorskip("pygls")
    if (nvim := shutil.which("nvim")) is None:
        pytest.skip("there is no Neovim")
    said = subprocess.run([nvim, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"v(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < (0, 7):
        pytest.skip("this Neovim is too old")
    (tmp_path / "drive.lua").write_text(DRIVE)
    draft = tmp_path / "draft.md"
    given_text = DRAFT.replace("\n", ending)
    draft.write_bytes(given_text.encode())
    main = "from dgcli.__main__ import main; main()"
    command = [sys.executable, "-c", main, "lsp", "-m", str(TINY), "--seed", "3"]
    given = "let g:dg_lsp_command = [" + ", ".join(f"'{part}'" for part in command) + "]"
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run(
        [
            *(nvim, "-u", "NONE", "--headless", "--cmd", given),
            *("-c", f"luafile {RECIPE}", "-c", "luafile drive.lua", "draft.md"),
        ],
        cwd=tmp_path,
        env={**os.environ, **home, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=True,
        timeout=900,
        capture_output=True,
    )
    filler = ModelFiller(load=lambda restyles: LocalModel(dgcli.load(TINY)), registers=read_registers)
    document = OpenDocument(given_text, 1, "draft.md")
    how = {"seed": 3, "tell": lambda message, share: None, "stop": lambda: False}
    outcome = filler.fill(document.holes(), "draft.md", frozenset({0}), alternatives=3, **how)  # type: ignore[arg-type]
    document = document.edited(outcome.edits)
    start = document.text.index("So it")
    only = start, document.text.index("good.") + len("good.")
    outcome = filler.restyle(document.text, "draft.md", "formal", only, **how)  # type: ignore[arg-type]
    found = draft.read_bytes().decode()
    assert found == document.edited(outcome.edits).text != given_text
    assert found.endswith(f"{ending}{ending}Last [[?]] stays.{ending}")
