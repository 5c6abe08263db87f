"""Chat templates: what they may do, and what they may not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from dgcli.checkpoint.chat_template import NO_THOUGHT, Chat, Rendered
from dgcli.checkpoint.tokenizer import FileTokenizer
from dgcli.errors import ModelError
from tests.checkpoints import TINY
from tests.fakes import Letters

SHIPPED_STYLE = """\
{{- bos_token -}}
{%- for message in messages -%}
    {%- if message['role'] != 'tool' -%}
        {{- '<|turn>' + message['role'] + '\\n' -}}
        {%- if loop.index0 > 9 -%}{% continue %}{%- endif -%}
        {% generation %}{{- message['content'] | trim -}}{% endgeneration %}
        {{- '<turn|>\\n' -}}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|turn>model\\n' -}}{%- endif -%}
"""


def chat(tmp_path: Path, template: str) -> Chat:
    (tmp_path / "chat_template.jinja").write_text(template, encoding="utf-8")
    return Chat.load(tmp_path, Letters())


def test_the_request_stands_where_the_template_puts_it(tmp_path: Path) -> None:
    loaded = chat(tmp_path, SHIPPED_STYLE)
    assert (
        Letters().decode(loaded.prompt("  hello {{ 1 }} ")) == "<bos><|turn>user\nhello {{ 1 }}<turn|>\n<|turn>model\n"
    )


RELEASED_STYLE = """\
{%- macro strip_thinking(text) -%}{{- text.split('<channel|>')[-1].split('<|channel>')[0] | trim -}}{%- endmacro -%}
{%- set enable_thinking = enable_thinking | default(THINKS) -%}
{{- bos_token -}}
{%- if enable_thinking -%}{{- '<|turn>system\\n<|think|>\\n<turn|>\\n' -}}{%- endif -%}
{%- for message in messages -%}
    {{- '<|turn>' + message['role'] + '\\n' -}}
    {%- if message['role'] == 'model' -%}{{- strip_thinking(message['content']) -}}
    {%- else -%}{{- message['content'] | trim -}}{%- endif -%}
    {{- '<turn|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<|turn>model\\n' -}}END
{%- endif -%}
"""
NEWEST = RELEASED_STYLE.replace("END", "")  # the model writes the empty thought itself
OLDER = RELEASED_STYLE.replace(
    "END", "{%- if not enable_thinking -%}{{- '<|channel>thought\\n<channel|>' -}}{%- endif -%}"
)
OPENED = RELEASED_STYLE.replace("END", "{{- '<|channel>thought\\n' -}}")
THINKING = NEWEST.replace("{%- if enable_thinking -%}", "{%- if true -%}")  # whatever it is told
TOKENIZER = FileTokenizer.load(TINY)
PAD, EOS, BOS, UNK, MASK, TURN, TURN_END, CHANNEL, CHANNEL_END, THINK = range(10)  # as in the tokenizer of TINY


def ids(tmp_path: Path, template: str) -> tuple[int, ...]:
    (tmp_path / "chat_template.jinja").write_text(template, encoding="utf-8")
    return Chat.load(tmp_path, TOKENIZER).prompt("hello")


def words(text: str) -> Sequence[int]:
    return TOKENIZER.encode(text)


@pytest.mark.parametrize("template", [NEWEST, OLDER, OPENED])
@pytest.mark.parametrize("thinks", ["true", "false"])  # where nobody says whether it should
def test_the_empty_thought_stands_once_at_the_end_of_a_prompt_whether_the_template_writes_it_or_not(
    tmp_path: Path, template: str, thinks: str
) -> None:
    asked = (BOS, TURN, *words("user\n"), *words("hello"), TURN_END, *words("\n"), TURN, *words("model\n"))
    assert ids(tmp_path, template.replace("THINKS", thinks)) == (*asked, CHANNEL, *words("thought\n"), CHANNEL_END)


def test_a_template_that_turns_thinking_on_by_itself_gets_the_empty_thought_too(tmp_path: Path) -> None:
    found = ids(tmp_path, THINKING.replace("THINKS", "false"))
    system = (BOS, TURN, *words("system\n"), THINK, *words("\n"), TURN_END)
    assert found[: len(system)] == system
    ending = (TURN, *words("model\n"), CHANNEL, *words("thought\n"), CHANNEL_END)
    assert found[-len(ending) :] == ending


def test_a_template_that_knows_nothing_of_thoughts_gets_none(tmp_path: Path) -> None:
    asked = (BOS, TURN, *words("user\n"), *words("hello"), TURN_END, *words("\n"), TURN, *words("model\n"))
    assert ids(tmp_path, SHIPPED_STYLE) == asked


def test_nor_does_a_tokenizer_that_has_no_tokens_for_them(tmp_path: Path) -> None:
    class Plain(Letters):
        control = frozenset(range(7))

    (tmp_path / "chat_template.jinja").write_text(NEWEST.replace("THINKS", "false"), encoding="utf-8")
    assert Plain().decode(Chat.load(tmp_path, Plain()).after).endswith("<|turn>model\n")


def test_what_a_template_has_the_model_say_behind_a_thought_stays_the_end(tmp_path: Path) -> None:
    ending = (CHANNEL, *words("thought\n"), CHANNEL_END, *words("Well"))
    assert ids(tmp_path, SHIPPED_STYLE + "{{ '<|channel>thought\\n<channel|>Well' }}")[-len(ending) :] == ending


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "cannot be rendered"),
        ("{{ messages.append(1) }}", "cannot be rendered"),
        ("{{ raise_exception('no') }}", "no"),
        ("{% for", "cannot be rendered"),
        ("{{ undefined_thing.x }}", "cannot be rendered"),
        ("nothing of the request", "exactly once"),
        ("{{ messages[0].content }}{{ messages[0].content }}", "exactly once"),
        ("{% for i in range(10**9) %}x{% endfor %}", "cannot be rendered"),
    ],
)
def test_templates_that_are_refused(tmp_path: Path, template: str, complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        chat(tmp_path, template)


def test_a_folder_without_a_template(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no chat_template\.jinja"):
        Chat.load(tmp_path, Letters())


def test_a_template_inside_tokenizer_config(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text(
        '{"bos_token": {"content": "<s>"}, "chat_template": "{{ bos_token }}|{{ messages[0].content }}|"}'
    )
    assert Letters().decode(Chat.load(tmp_path, Letters()).prompt("x")) == "<s>|x|"


ONE = "|{{ messages[0].content }}|"
OTHER = "no"


@pytest.mark.parametrize(
    "value",
    [
        ONE,
        [{"name": "tool_use", "template": OTHER}, {"name": "default", "template": ONE}],
        [{"name": "chat", "template": ONE}],
        {"default": ONE, "rag": OTHER},
    ],
)
@pytest.mark.parametrize("file", ["chat_template.json", "tokenizer_config.json"])
def test_of_several_templates_the_default_one_is_used(tmp_path: Path, file: str, value: object) -> None:
    (tmp_path / file).write_text(json.dumps({"chat_template": value}))
    assert Letters().decode(Chat.load(tmp_path, Letters()).prompt("x")) == "|x|"


@pytest.mark.parametrize("value", [[], {}, [1], 7, [{"name": "a", "template": ONE}, {"name": "b", "template": ONE}]])
def test_a_template_is_not_guessed(tmp_path: Path, value: object) -> None:
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": value}))
    with pytest.raises(ModelError, match="no chat template called default"):
        Chat.load(tmp_path, Letters())


def test_the_template_with_a_file_of_its_own_comes_first(tmp_path: Path) -> None:
    for file, words in (
        ("tokenizer_config.json", json.dumps({"chat_template": f"settings{ONE}"})),
        ("chat_template.json", json.dumps({"chat_template": f"processor{ONE}"})),
        ("chat_template.jinja", f"\ufeffown{ONE}"),
    ):
        (tmp_path / file).write_text(words, encoding="utf-8")
        expected = words.partition("|")[0].rpartition('"')[2].removeprefix("\ufeff")
        assert Letters().decode(Chat.load(tmp_path, Letters()).prompt("x")) == f"{expected}|x|"


def test_half_a_character_of_a_template_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text('{"chat_template": "\\ud800{{ messages[0].content }}"}')
    with pytest.raises(ModelError, match="halves of characters"):
        Chat.load(tmp_path, Letters())


@pytest.mark.parametrize(
    ("after", "added"),
    [
        ("x", NO_THOUGHT),
        (f"x{NO_THOUGHT}", ""),
        (f"x{NO_THOUGHT}\n", ""),
        ("x<|channel>thought\n", "<channel|>"),
        (f"x{NO_THOUGHT}an answer<turn|><|turn>model\n", NO_THOUGHT),  # that of an earlier turn
        (f"x{NO_THOUGHT}an answer<turn|><|turn>model\n<|channel>thought\n", "<channel|>"),
    ],
)
def test_a_prompt_ends_with_one_thought_that_is_over(after: str, added: str) -> None:
    assert Rendered(before="", after=after).without_thought == after + added
