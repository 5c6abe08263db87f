from __future__ import annotations

from pathlib import Path

import pytest

from dgcli.errors import UsageError
from dgcli.tasks.restyle.registers import BUILT_IN, Register, find_register, read_registers


def test_the_registers_that_come_with_dg() -> None:
    registers = read_registers()
    assert list(registers) == ["academic", "casual", "concise", "formal", "friendly", "plain"]
    assert all(register.name == name and register.origin == BUILT_IN for name, register in registers.items())
    assert all(register.description.endswith(".") for register in registers.values())
    assert read_registers(Path("there/is/none.toml")) == registers


def test_a_register_is_told_from_another_of_its_file(tmp_path: Path) -> None:
    registers = read_registers()
    assert registers["formal"].unlike == registers["casual"].description
    assert registers["concise"].unlike == ""
    own = tmp_path / "registers.toml"
    own.write_text(
        '[log]\ndescription = "A log."\nunlike = "Verse"\n[verse]\ndescription = "A verse."\nunlike = "formal"\n'
    )
    registers = read_registers(own)
    assert (registers["log"].unlike, registers["verse"].unlike) == ("A verse.", "")


def test_own_registers_are_added_and_replace(tmp_path: Path) -> None:
    own = tmp_path / "registers.toml"
    own.write_text('Log = "Write  it\\nlike a log."\n[formal]\ndescription = "Make it stiff."\n', encoding="utf-8")
    registers = read_registers(own)
    assert registers["log"] == Register("log", "Write it like a log.", own)
    assert registers["formal"] == Register("formal", "Make it stiff.", own)
    assert list(registers) == sorted(registers)
    assert registers["casual"].origin == BUILT_IN


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[formal\n", "line 1"),
        ("formal = 3\n", "'formal'"),
        ("[formal]\ndescription = ''\n", "'formal'"),
        ("[formal]\nprompt = 'x'\n", "'formal'"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str, problem: str) -> None:
    own = tmp_path / "registers.toml"
    own.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=problem) as caught:
        read_registers(own)
    assert str(own) in str(caught.value)
    assert caught.value.advice


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_registers(tmp_path)
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        read_registers(tmp_path / "bytes.toml")


@pytest.mark.parametrize("wanted", ["formal", "Formal", " formal "])
def test_a_register_by_its_name(wanted: str) -> None:
    registers = read_registers()
    assert find_register(wanted, registers) is registers["formal"]


@pytest.mark.parametrize(
    ("wanted", "description"),
    [
        ("like a ship's  log", "Write it like a ship's log."),
        ("angry and short", "Make it angry and short."),
        ("pirate", "Make it pirate."),
        ("Use short words!", "Use short words!"),
    ],
)
def test_any_other_words(wanted: str, description: str) -> None:
    register = find_register(wanted, read_registers())
    assert register == Register(" ".join(wanted.split()), description)


def test_a_name_that_is_misspelt() -> None:
    with pytest.raises(UsageError, match="did you mean 'formal'"):
        find_register("fromal", read_registers())
    with pytest.raises(UsageError, match="empty"):
        find_register(" ", read_registers())
