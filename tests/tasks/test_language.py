"""What a vocabulary tells of the language of a text: words that are in pieces are of a language that it lacks."""

from __future__ import annotations

import pytest

from dgcli.checkpoint.tokenizer import FileTokenizer
from dgcli.cli.choose import BASE
from dgcli.tasks.language import hardly_known

KNOWN = (
    "We are moving the town library to the old mill next spring. The new rooms have large windows.",
    "hi anna, sry for the late reply, was super busy w/ the move. can u send me the docs again? thx",
    "Dear Mrs Kowalczyk-Nguyen, Herr Schmidt and Señor Gutiérrez will meet you at Wrocław Główny on 3 May at 14:05.",
    "Let $f\\colon X \\to Y$ be a continuous map. Then $f^{-1}(U)$ is open for every open $U \\subseteq Y$.",
    "def f(x):\n    return [y for y in x if y % 2]\n\nclass Foo:\n    def bar(self): pass\n",
    "- milk\n- eggs\n- 2 kg flour\n- butter\n- tomatoes\n",
)
UNKNOWN = (
    "Wir ziehen im nächsten Frühjahr mit der Stadtbibliothek in die alte Mühle um.",
    "Nous déménageons la bibliothèque municipale dans l'ancien moulin au printemps prochain.",
    "Vamos a trasladar la biblioteca municipal al antiguo molino la próxima primavera.",
    "We verhuizen de stadsbibliotheek volgend voorjaar naar de oude molen.",
    "Przenosimy bibliotekę miejską do starego młyna wiosną przyszłego roku.",
    "Мы переносим городскую библиотеку в старую мельницу следующей весной.",
    "我们将在明年春天把市图书馆搬到旧磨坊。",
    "سننقل مكتبة المدينة إلى الطاحونة القديمة في الربيع القادم.",
)


@pytest.fixture(scope="module")
def tokenizer() -> FileTokenizer:
    return FileTokenizer.load(BASE)


@pytest.mark.parametrize("text", KNOWN)
def test_english_of_any_kind_is_known(tokenizer: FileTokenizer, text: str) -> None:
    assert not hardly_known(text, tokenizer)


@pytest.mark.parametrize("text", UNKNOWN)
def test_other_languages_are_not(tokenizer: FileTokenizer, text: str) -> None:
    assert hardly_known(text, tokenizer)


@pytest.mark.parametrize("text", ["", "Dziękuję!", "ok", "42 + 17 = 59", "北京"])
def test_a_few_words_tell_nothing(tokenizer: FileTokenizer, text: str) -> None:
    assert not hardly_known(text, tokenizer)
