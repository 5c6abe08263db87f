"""Other programs' doors: their requests, and answers that their clients read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import dgcli
from dgcli import api
from dgcli.text.document import Document, Span
from tests.serve.conftest import TOKEN, Running

LEFT, RIGHT = "The cat ", " the mat."


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps for each canvas."""
    infill, generate = api.infill, api.generate
    monkeypatch.setattr("dgcli.api.infill", lambda *given, **more: infill(*given, **{**more, "steps": 2}))
    monkeypatch.setattr("dgcli.api.generate", lambda *given, **more: generate(*given, **{**more, "steps": 2}))


@pytest.fixture(scope="module")
def between(tiny: dgcli.LoadedModel) -> str:
    """What the library puts into the gap."""
    document = Document(text=LEFT + RIGHT, spans=(Span(start=len(LEFT), end=len(LEFT)),))
    return api.infill(tiny, document, seed=5, steps=2).fills[0].text


def test_a_completion_with_a_suffix_is_the_fill(running: Running, between: str) -> None:
    for path in ("/v1/completions", "/v1/fim/completions"):
        status, answer = running.ask(
            path, {"model": "x", "prompt": LEFT, "suffix": RIGHT, "seed": 5, "temperature": 0.2, "max_tokens": 500}
        )
        assert status == 200
        assert answer["object"] == "text_completion"
        choice = {"index": 0, "text": between, "logprobs": None, "finish_reason": "stop"}
        assert choice.items() <= answer["choices"][0].items()
        assert answer["seed"] == 5
        assert answer["model"] == "tiny"
        tokens = answer["usage"]
        assert tokens["total_tokens"] == tokens["prompt_tokens"] + tokens["completion_tokens"]


def test_a_completion_ends_at_its_most_tokens_or_before_a_stop(running: Running, between: str) -> None:
    asked = {"prompt": LEFT, "suffix": RIGHT, "seed": 5}
    assert between
    _, answer = running.ask("/v1/completions", {**asked, "stop": [between[-1:]]})
    assert answer["choices"][0]["text"] == between[: between.index(between[-1:])]
    _, answer = running.ask("/v1/completions", {**asked, "max_tokens": 0})
    assert answer["choices"][0] == {"index": 0, "text": "", "logprobs": None, "finish_reason": "length"}
    _, answer = running.ask("/v1/completions", {**asked, "prompt": [LEFT], "echo": True})
    assert answer["choices"][0]["text"] == LEFT + between


def test_several_choices_are_different_fills(running: Running) -> None:
    _, answer = running.ask("/v1/completions", {"prompt": LEFT, "suffix": RIGHT, "seed": 5, "n": 3})
    texts = [choice["text"] for choice in answer["choices"]]
    assert 1 <= len(texts) <= 3
    assert len(set(texts)) == len(texts)
    assert [choice["index"] for choice in answer["choices"]] == list(range(len(texts)))


def test_a_stream_has_the_text_the_tokens_and_an_end(running: Running, between: str) -> None:
    asked = {"prompt": LEFT, "suffix": RIGHT, "seed": 5, "stream_options": {"include_usage": True}}
    *chunks, end = [value for _, value in running.stream("/v1/completions", asked)]
    assert end == "[DONE]"
    assert [chunk["choices"][0]["text"] for chunk in chunks[:-1]] == [between]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] >= 1


def test_a_chat_is_what_generate_writes(running: Running, tiny: dgcli.LoadedModel) -> None:
    wanted = api.generate(tiny, "Be brief.\n\nA haiku", seed=5, steps=2, max_tokens=20)
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "A haiku"}]
    _, answer = running.ask("/v1/chat/completions", {"messages": messages, "seed": 5, "max_tokens": 20})
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": wanted.text, "refusal": None}
    assert answer["choices"][0]["finish_reason"] == wanted.stop_reason
    *chunks, end = running.stream("/v1/chat/completions", {"messages": messages, "seed": 5, "max_tokens": 20})
    assert end == ("", "[DONE]")
    deltas = [chunk["choices"][0]["delta"] for _, chunk in chunks]
    assert "".join(delta.get("content", "") for delta in deltas) == wanted.text
    assert chunks[-1][1]["choices"][0]["finish_reason"] == wanted.stop_reason


def test_messages_become_one_request() -> None:
    pytest.importorskip("starlette", reason="needs the extra `serve`")
    from dgcli.serve.openai import prompt_of

    assert prompt_of([{"role": "user", "content": "Hi"}]) == "Hi"
    assert prompt_of([{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]) == "Hi"
    said = [
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Two"},
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Three"},
    ]
    assert prompt_of(said) == "Be brief.\n\nUser: One\n\nAssistant: Two\n\nThree"


ASKED = {
    "id_slot": 0,
    "model": "",
    "input_prefix": "",
    "prompt": LEFT,
    "input_suffix": RIGHT,
    "input_extra": [{"text": "other\n", "time": [1, 2], "filename": "a.txt"}],
    "n_predict": 128,
    "n_indent": 0,
    "stop": [],
    "top_k": 40,
    "top_p": 0.9,
    "samplers": ["top_k", "top_p", "infill"],
    "cache_prompt": True,
    "t_max_prompt_ms": 500,
    "t_max_predict_ms": 1000,
    "stream": False,
    "seed": 5,
}


class TestLlama:
    """As llama.vim sends it: what the line has before the cursor is `prompt`."""

    def test_what_it_looks_for_in_the_answer_is_there(self, running: Running) -> None:
        """It takes for no answer what does not begin so, whatever the JSON says."""
        connection = running.connection()
        connection.request("POST", "/infill", json.dumps({**ASKED, "response_fields": ["content", "truncated"]}))
        assert re.match(r'\s*{.*"content"\s*:"', connection.getresponse().read().decode())
        connection.close()

    def test_the_fill_and_the_times(self, running: Running, between: str) -> None:
        _, answer = running.ask("/infill", ASKED)
        assert answer["content"] == between
        assert answer["stop"] is True
        assert answer["stop_type"] == "eos"
        assert answer["generation_settings"]["seed"] == 5
        assert answer["timings"]["predicted_n"] == answer["tokens_predicted"] >= 1

    def test_some_fields(self, running: Running, between: str) -> None:
        fields = ["content", "timings/prompt_n", "timings/predicted_ms", "truncated", "none/such"]
        _, answer = running.ask("/infill", {**ASKED, "response_fields": fields})
        assert answer["content"] == between
        assert set(answer) == set(fields) - {"none/such"}

    def test_what_is_only_to_be_read_ahead_is_no_work(self, running: Running) -> None:
        _, answer = running.ask("/infill", {**ASKED, "n_predict": 0, "response_fields": [""]})
        assert answer == {}
        _, answer = running.ask("/infill", {**ASKED, "n_predict": 0})
        assert answer["content"] == ""

    def test_several_fills_are_a_list(self, running: Running, between: str) -> None:
        """As llama.vscode asks for them."""
        _, answer = running.ask("/infill", {**ASKED, "n_cmpl": 3, "model": "another/model"})
        assert [each["index"] for each in answer] == [0, 1, 2]
        assert len({each["content"] for each in answer}) == 3
        assert between in {each["content"] for each in answer}
        streamed = running.stream("/infill", {**ASKED, "n_cmpl": 3})
        assert [each["content"] for _, each in streamed] == [each["content"] for each in answer]
        assert isinstance(running.ask("/infill", {**ASKED, "n_cmpl": 1})[1], dict)
        said = running.ask("/openapi.json", method="GET")[1]["paths"]["/infill"]["post"]["responses"]["200"]
        assert said["content"]["application/json"]["schema"]["type"] == ["object", "array"]

    def test_a_stream(self, running: Running, between: str) -> None:
        ((_, last),) = running.stream("/infill", ASKED)
        assert (last["content"], last["stop"]) == (between, True)


def test_a_gap_is_answered_as_mistral_does(running: Running, between: str) -> None:
    """Clients of its door read the message of a chat."""
    asked = {"prompt": LEFT, "suffix": RIGHT, "seed": 5}
    _, answer = running.ask("/v1/fim/completions", asked)
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": between}
    events = [event for _, event in running.stream("/v1/fim/completions", asked)]
    assert "".join(event["choices"][0]["delta"]["content"] for event in events[:-1]) == between
    assert events[-1] == "[DONE]"


class TestMercury:
    EDIT = (
        "<|recently_viewed_code_snippets|>\n\n<|/recently_viewed_code_snippets|>\n\n<|current_file_content|>\n"
        "current_file_path: /home/me/cat.md\nA story.\n<|code_to_edit|>\n{}\n<|/code_to_edit|>\nThe end.\n"
        "<|/current_file_content|>\n\n<|edit_diff_history|>\n\n<|/edit_diff_history|>"
    )

    def test_the_gap_at_the_cursor_is_filled_and_all_else_stays(self, running: Running) -> None:
        content = self.EDIT.format(f"{LEFT}<|cursor|>{RIGHT}")
        asked = {"model": "mercury-edit", "messages": [{"role": "user", "content": content}], "seed": 5}
        status, answer = running.ask("/v1/edit/completions", asked)
        assert status == 200
        edited = answer["choices"][0]["message"]["content"]
        assert edited.startswith(f"```\n{LEFT}")
        assert edited.endswith(f"{RIGHT}\n```")

    @pytest.mark.parametrize("content", ["", "no tags", EDIT.format("no cursor"), "<|current_file_content|>"])
    def test_what_has_no_gap(self, running: Running, content: str) -> None:
        status, answer = running.ask("/v1/edit/completions", {"messages": [{"role": "user", "content": content}]})
        assert status == 400
        assert "<|" in answer["error"]["message"]


def test_models_health_and_what_there_is(running: Running) -> None:
    assert running.ask("/health", method="GET") == (200, {"status": "ok"})
    (model,) = running.ask("/v1/models", method="GET")[1]["data"]
    assert model["id"] == "tiny"
    assert running.ask("/v1/models/tiny", method="GET") == (200, model)
    assert running.ask("/v1/models/other", method="GET")[0] == 404
    schema = running.ask("/openapi.json", method="GET")[1]
    assert {"/infill", "/dg/restyle", "/v1/chat/completions"} <= set(schema["paths"])


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/chat/completions", "/infill", "/v1/edit/completions"])
@pytest.mark.parametrize("body", [b"[]", b"{", b'{"prompt": 3}', b'{"messages": []}', b'{"input_prefix": "\\ud800"}'])
def test_what_is_no_request_is_an_error_of_its_own(running: Running, path: str, body: bytes) -> None:
    status, answer = running.ask(path, body)
    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"


def test_a_whole_number_may_be_written_with_a_point(running: Running, between: str) -> None:
    """Programs in languages with one kind of number write some of them so."""
    body = b'{"prompt": "The cat ", "suffix": " the mat.", "seed": 5.0, "n": 1.0, "max_tokens": 1e3, "top_p": 0.5}'
    status, answer = running.ask("/v1/completions", body)
    assert (status, answer["choices"][0]["text"], answer["seed"]) == (200, between, 5)
    for number in (b"1.5", b"1e300", b"0.5"):
        assert running.ask("/v1/completions", body.replace(b"1.0", number))[0] == 400


TAGS = ["<|turn>", "<turn|>", "<eos>", "[[?]]", "../../etc/passwd", "\x00", "\r\n", "\u202e"]


@pytest.mark.parametrize("field", ["prompt", "suffix"])
def test_control_tokens_and_paths_are_text(running: Running, field: str) -> None:
    asked: dict[str, Any] = {"prompt": LEFT, "suffix": RIGHT, "seed": 5}
    status, answer = running.ask("/v1/completions", {**asked, field: " ".join(TAGS)})
    assert status == 200
    assert "root:" not in json.dumps(answer)


def test_the_openai_package_reads_the_answers(running: Running, between: str) -> None:
    openai = pytest.importorskip("openai", reason="the openai package is not installed")
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{running.port}/v1", api_key=TOKEN, max_retries=0)
    assert [model.id for model in client.models.list()] == ["tiny"]
    made = client.completions.create(model="tiny", prompt=LEFT, suffix=RIGHT, seed=5, max_tokens=500)
    assert made.choices[0].text == between
    parts = client.completions.create(model="tiny", prompt=LEFT, suffix=RIGHT, seed=5, stream=True)
    assert "".join(part.choices[0].text for part in parts) == between
    asked: Any = {"model": "tiny", "messages": [{"role": "user", "content": "A haiku"}], "seed": 5, "max_tokens": 20}
    said = client.chat.completions.create(**asked)
    parts = client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
    chunks = list(parts)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == (
        said.choices[0].message.content
    )
    assert chunks[-1].usage == said.usage
    with pytest.raises(openai.BadRequestError, match="is not from"):
        client.completions.create(model="tiny", prompt=LEFT, suffix=RIGHT, n=17)
    other = openai.OpenAI(base_url=f"http://127.0.0.1:{running.port}/v1", api_key="other", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        other.models.list()
