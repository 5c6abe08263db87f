"""The Homebrew formula of a release: python contrib/homebrew.py WHEEL ADDRESS HOMEPAGE > dgcli.rb

WHEEL is the file that was built, ADDRESS where it can be fetched, and its sum the one that is computed here. Homebrew
builds from source what a formula lists, and mlx comes as a wheel; so pip installs dg, into a place of its own.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

PYTHON = "3.13"
FORMULA = """\
class Dgcli < Formula
  include Language::Python::Virtualenv

  desc "Fill holes in text with a diffusion language model on your own machine"
  homepage "{homepage}"
  url "{address}", using: :nounzip
  sha256 "{sha256}"
  license "Apache-2.0"

  depends_on "python@{python}"

  on_macos do
    depends_on arch: :arm64
  end

  def install
    virtualenv_create(libexec, "python{python}", without_pip: false)
    system libexec/"bin/python", "-m", "pip", "install", "--no-cache-dir", buildpath/"{wheel}"
    bin.install_symlink libexec/"bin/dg"
    man1.install_symlink libexec/"share/man/man1/dg.1"
  end

  test do
    (testpath/"draft.md").write "The mill [[?]] the river.\\n"
    assert_match(/\\AThe mill.*the river\\.\\n\\z/, shell_output("#{{bin}}/dg infill -q draft.md"))
  end
end
"""


def formula(wheel: Path, address: str, homepage: str) -> str:
    """What installs a wheel that is fetched from an address."""
    if not address.endswith(f"/{wheel.name}"):
        raise SystemExit(f"{address} is no address of {wheel.name}.")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return FORMULA.format(homepage=homepage, address=address, sha256=sha256, wheel=wheel.name, python=PYTHON)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    sys.stdout.write(formula(Path(sys.argv[1]), *sys.argv[2:]))
