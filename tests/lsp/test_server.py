"""What the language server answers, message by message, with a filler that writes what it is told to."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

pytest.importorskip("pygls")

from dgcli.errors import InputError
from tests.lsp.client import Editor
from tests.lsp.scripted import Scripted, editing

DRAFT = "The mill [[?]] old.\r\n\r\nIt 😀 [[?~2 a verb]] e\u0301 by the river.\r\n"
FAILED, MOVED_ON, CANCELLED, INVALID = -32803, -32801, -32800, -32602


@pytest.fixture
def filler() -> Scripted:
    return Scripted()


@pytest.fixture
def editor(filler: Scripted) -> Iterator[Editor]:
    with editing(filler) as editor:
        editor.start()
        yield editor


def test_what_the_server_can_is_said_at_the_beginning(filler: Scripted) -> None:
    with editing(filler) as editor:
        found = editor.start()
    assert found["codeActionProvider"]["codeActionKinds"] == ["quickfix", "refactor.rewrite"]
    assert {"dg.fill", "dg.fillAll", "dg.otherFills", "dg.rewrite", "dg.restyle"} == set(
        found["executeCommandProvider"]["commands"]
    )
    assert found["hoverProvider"] is True
    assert found["inlineCompletionProvider"] == {}
    assert found["textDocumentSync"]["change"] == 1  # whole texts: nobody has to agree on what a line is


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_holes_are_filled_in_the_code_units_that_were_agreed_on(filler: Scripted, encoding: str) -> None:
    with editing(filler) as editor:
        assert editor.start(encodings=[encoding])["positionEncoding"] == encoding
        uri = editor.open(DRAFT)
        assert editor.run(editor.actions(uri, "[[?~2 a verb]]")["Fill this hole"])["result"] is None
        assert editor.texts[uri] == DRAFT.replace("[[?~2 a verb]]", "was")
        assert editor.run(editor.actions(uri, "river")["Restyle the selection as formal"])["result"] is None
    assert editor.texts[uri] == DRAFT.replace("[[?~2 a verb]]", "was").replace("river", "RIVER")


def test_all_holes_are_one_edit(editor: Editor) -> None:
    uri = editor.open(DRAFT)
    assert editor.run(editor.actions(uri, "mill")["Fill all 2 holes"])["result"] is None
    assert editor.texts[uri] == DRAFT.replace("[[?]]", "was").replace("[[?~2 a verb]]", "was")
    assert editor.versions[uri] == 2


def test_the_filler_gets_the_whole_document_and_which_hole_is_meant(editor: Editor, filler: Scripted) -> None:
    uri = editor.open(DRAFT, "file:///tmp/a%20letter.md")
    editor.run(editor.actions(uri, "[[?~2")["Fill this hole"])
    ((document, name, only, seed),) = filler.asked
    assert (document.text, name, only, seed) == (DRAFT, "a letter.md", {1}, 1)
    assert [(span.hint, span.words) for span in document.spans] == [("", None), ("a verb", 2)]


def test_a_hint_may_be_given_with_the_command(editor: Editor, filler: Scripted) -> None:
    uri = editor.open(DRAFT)
    number = editor.command("dg.fill", uri, range=editor.stretch(uri, "[[?]]"), hint="  is it\nstill? ", seed=9)
    assert editor.answer(number)["result"] is None
    ((document, _, only, seed),) = filler.asked
    assert (document.spans[0].hint, document.spans[1].hint, only, seed) == ("is it still?", "a verb", {0}, 9)


def test_a_hint_may_be_written_into_the_mark(editor: Editor) -> None:
    uri = editor.open(DRAFT)
    editor.take(editor.actions(uri, "[[?]]")["Give this hole a hint"])
    assert editor.texts[uri] == DRAFT.replace("[[?]]", "[[? what it should say]]")


def test_other_fills_are_shown_and_may_be_taken(editor: Editor) -> None:
    uri = editor.open(DRAFT)
    start = DRAFT.index("[[?]]")
    editor.run(editor.actions(uri, "[[?]]")["Fill this hole"])
    assert editor.hover(uri, start) == "Filled by dg.\nOther fills:\n- is\n- will be"
    editor.change(uri, f"Look: {editor.texts[uri]}")
    actions = editor.actions(uri, "was")
    assert [title for title in actions if title.startswith("Write")] == ["Write “is”", "Write “will be”"]
    editor.take(actions["Write “will be”"])
    assert editor.texts[uri] == f"Look: {DRAFT.replace('[[?]]', 'will be')}"
    assert editor.hover(uri, start + len("Look: ")) == "Filled by dg.\nOther fills:\n- was\n- is"


def test_other_fills_of_a_filled_hole_are_looked_for_with_its_mark_in_its_place(
    editor: Editor, filler: Scripted
) -> None:
    uri = editor.open(DRAFT)
    editor.run(editor.actions(uri, "[[?~2")["Fill this hole"])
    filler.words = "stands"
    assert editor.run(editor.actions(uri, "was")["Look for other fills"])["result"] is None
    said = [params["message"] for method, params in editor.said if method == "window/showMessage"]
    assert said == ["1 other fill; the code actions here offer them."]
    assert filler.asked[-1][0] == filler.asked[0][0]
    assert "Write “stands”" in editor.actions(uri, "was")


def test_fills_of_a_mark_may_be_looked_at_before_one_is_taken(editor: Editor) -> None:
    uri = editor.open(DRAFT)
    assert editor.hover(uri, DRAFT.index("[[?~2")) == "A hole to fill with about 2 words: a verb."
    assert editor.hover(uri, 0) == ""
    editor.run(editor.actions(uri, "[[?~2")["Look for other fills"])
    assert editor.texts[uri] == DRAFT
    assert editor.hover(uri, DRAFT.index("[[?~2")).endswith("Fills:\n- was\n- is\n- will be")
    editor.take(editor.actions(uri, "[[?~2")["Write “is”"])
    assert editor.texts[uri] == DRAFT.replace("[[?~2 a verb]]", "is")


def test_a_selection_is_rewritten_without_the_blanks_at_its_edges(editor: Editor, filler: Scripted) -> None:
    uri = editor.open(DRAFT)
    editor.run(editor.actions(uri, " by the river.\r\n")["Rewrite the selection"])
    assert editor.texts[uri] == DRAFT.replace("by the river.", "was")
    document, _, only, _ = filler.asked[0]
    assert [document.spans[index].old for index in only] == ["by the river."]
    assert len(document.spans) == 3


def test_where_the_cursor_is_the_paragraph_is_restyled(editor: Editor, filler: Scripted) -> None:
    uri = editor.open(DRAFT)
    here = editor.stretch(uri, "", DRAFT.index("river"))
    editor.answer(editor.command("dg.restyle", uri, range=here, register="plain"))
    assert filler.asked == [(DRAFT, "draft.md", "plain", (DRAFT.index("river"),) * 2, 1)]
    assert ("window/showMessage", {"type": 3, "message": "Nothing was changed: the model found no better words."}) in (
        editor.said
    )


@pytest.mark.parametrize(
    ("uri", "language", "prose"),
    [("file:///a.md", "", True), ("file:///a.py", "", False), ("untitled:a", "latex", True), ("untitled:a", "", True)],
)
def test_only_prose_is_offered_to_be_restyled(editor: Editor, uri: str, language: str, prose: bool) -> None:
    editor.open("Some words of prose, written down here.\n", uri, language)
    assert ("Restyle this paragraph as formal" in editor.actions(uri, "")) is prose


def test_only_the_kinds_that_are_asked_for_are_listed(editor: Editor) -> None:
    uri = editor.open(DRAFT)
    fixes, rewrites = editor.actions(uri, "mill", only=["quickfix"]), editor.actions(uri, "mill", only=["refactor"])
    assert list(fixes) == ["Fill all 2 holes"]
    assert set(rewrites) == {
        "Rewrite the selection",
        "Restyle the selection as formal",
        "Restyle the selection as plain",
    }


def test_marks_that_are_left_or_broken_are_underlined(editor: Editor) -> None:
    uri = editor.open("😀 [[?]] and [[?~0]] and [?x]]\n\n`[[?]]` [[? open\n")
    found = editor.heard("textDocument/publishDiagnostics")
    assert found["version"] == 1
    assert [(each["code"], each["severity"], each["range"]["start"]) for each in found["diagnostics"]] == [
        ("mark", 3, {"line": 0, "character": 3}),
        ("length", 2, {"line": 0, "character": 13}),
        ("bracket", 2, {"line": 0, "character": 25}),
        ("unclosed", 2, {"line": 2, "character": 8}),
    ]
    assert "Fill this hole" not in editor.actions(uri, "[[?]]")
    editor.change(uri, "Done.\n")
    assert editor.heard("textDocument/publishDiagnostics") == {"uri": uri, "diagnostics": [], "version": 2}


def test_edits_of_a_version_that_is_gone_are_not_made(editor: Editor, filler: Scripted) -> None:
    """Whether it went before the command, during its run, or before the editor took the edit."""
    uri = editor.open(DRAFT)
    action = editor.actions(uri, "[[?]]")["Fill this hole"]
    editor.change(uri, f"{DRAFT}More.\n")
    assert editor.run(action)["error"]["code"] == MOVED_ON
    assert filler.asked == []
    filler.held = True
    number = editor.command("dg.fill", uri, range=editor.stretch(uri, "[[?]]"))
    filler.begun.wait(300)
    editor.change(uri, f"{DRAFT}Still more.\n")
    editor.hover(uri, 0)  # it has been heard
    filler.held = False
    assert editor.answer(number)["error"]["code"] == MOVED_ON
    assert not any(method == "workspace/applyEdit" for method, _ in editor.said)
    editor.before_edit = lambda: editor.change(uri, f"{DRAFT}At the last moment.\n")
    number = editor.command("dg.fill", uri, range=editor.stretch(uri, "[[?]]"))
    assert editor.answer(number)["error"]["code"] == MOVED_ON
    assert editor.texts[uri] == f"{DRAFT}At the last moment.\n"


def test_a_client_that_knows_no_versions_gets_the_edit_in_both_ways(filler: Scripted) -> None:
    with editing(filler) as editor:
        editor.request("initialize", processId=None, rootUri=None, capabilities={})
        uri = editor.open(DRAFT)
        editor.run(editor.actions(uri, "[[?]]")["Fill this hole"])
    (edit,) = [params["edit"] for method, params in editor.said if method == "workspace/applyEdit"]
    assert edit["changes"] == {uri: edit["documentChanges"][0]["edits"]}
    assert not any(method.startswith(("$/progress", "window/workDone")) for method, _ in editor.said)


def test_the_steps_of_a_run_are_told(editor: Editor, filler: Scripted) -> None:
    filler.held = True
    uri = editor.open(DRAFT)
    number = editor.command("dg.fill", uri, range=editor.stretch(uri, "[[?]]"))
    editor.heard("$/progress")
    filler.held = False
    editor.answer(number)
    told = [params["value"] for method, params in editor.said if method == "$/progress"]
    assert [each["kind"] for each in told] == ["begin", "report", "end"]
    assert (told[1]["message"], told[1]["percentage"]) == ("hole 1 of 1, step 2 of 2", 100)


def test_the_client_may_say_where_the_steps_are_shown(editor: Editor) -> None:
    uri = editor.open(DRAFT)
    number = editor.ask(
        "workspace/executeCommand", command="dg.fillAll", arguments=[{"uri": uri}], workDoneToken="here"
    )
    editor.answer(number)
    told = [params for method, params in editor.said if method == "$/progress"]
    assert {each["token"] for each in told} == {"here"}
    assert [each["value"]["kind"] for each in told] == ["begin", "report", "end"]


@pytest.mark.parametrize("way", ["progress", "request"])
def test_a_run_is_cancelled_where_it_is_shown_or_by_its_request(editor: Editor, filler: Scripted, way: str) -> None:
    """Nothing is changed, and the next run has the model."""
    filler.held = True
    uri = editor.open(DRAFT)
    here = editor.stretch(uri, "[[?]]")
    number = editor.command("dg.fill", uri, range=here)
    shown = editor.heard("$/progress")
    assert shown["value"] == {
        "kind": "begin",
        "title": "Filling a hole",
        "cancellable": True,
        "message": "hole 1 of 1, step 1 of 2",
        "percentage": 0,
    }
    if way == "progress":
        editor.notify("window/workDoneProgress/cancel", token=shown["token"])
    else:
        editor.notify("$/cancelRequest", id=number)
    assert editor.answer(number)["error"]["code"] == CANCELLED
    filler.held = False
    assert editor.answer(editor.command("dg.fill", uri, range=here))["result"] is None
    assert (editor.texts[uri], filler.stopped) == (DRAFT.replace("[[?]]", "was"), 1)


def test_one_run_at_a_time(editor: Editor, filler: Scripted) -> None:
    filler.held = True
    uri = editor.open(DRAFT)
    first = editor.command("dg.fillAll", uri)
    filler.begun.wait(300)
    second = editor.answer(editor.command("dg.fillAll", uri))
    assert second["error"] == {
        "code": FAILED,
        "message": "Another run of dg is under way. Cancel it, or wait until it ends.",
    }
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 3}, "context": {"triggerKind": 2}}
    assert editor.request("textDocument/inlineCompletion", **place) is None
    filler.held = False
    assert editor.answer(first)["result"] is None


@pytest.mark.parametrize("before", ["by", "the river", "river.", "\r\n\r\nIt"])
def test_a_completion_stands_between_what_is_before_and_behind_it(
    editor: Editor, filler: Scripted, before: str
) -> None:
    """Behind a word, at the end of a line, and between a blank and a word, where the blank is that of the words."""
    blank = before in ("by", "the river")
    filler.words, filler.others = (" was", (" is", ", and")) if blank else ("was", ("is", "  "))
    uri = editor.open(DRAFT)
    offset = DRAFT.index(before) + (0 if blank else len(before))
    position = editor.stretch(uri, "", offset)["start"]
    place = {"textDocument": {"uri": uri}, "position": position, "context": {"triggerKind": 1}}
    items = editor.request("textDocument/inlineCompletion", **place)["items"]
    assert [each["insertText"] for each in items] == (["was ", "is "] if blank else ["was", "is"])
    assert all(each["range"] == {"start": position, "end": position} for each in items)
    ((document, _, only, _),) = filler.asked
    (number,) = only
    start = offset - blank
    assert (document.spans[number].start, document.spans[number].end, len(document.spans)) == (start, start, 3)


@pytest.mark.parametrize("words", ["?]]", "ode"])
def test_nothing_is_completed_within_marks_and_code(editor: Editor, filler: Scripted, words: str) -> None:
    uri = editor.open(f"{DRAFT}\n`some code` here\n")
    position = editor.stretch(uri, words)["start"]
    place = {"textDocument": {"uri": uri}, "position": position, "context": {"triggerKind": 1}}
    assert editor.request("textDocument/inlineCompletion", **place) == {"items": []}
    assert filler.asked == []


def test_a_completion_gives_way_to_the_next_one_and_to_commands(editor: Editor, filler: Scripted) -> None:
    filler.held = True
    uri = editor.open(DRAFT)
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 3}, "context": {"triggerKind": 2}}
    first = editor.ask("textDocument/inlineCompletion", **place)
    filler.begun.wait(300)
    filler.begun.clear()
    second = editor.ask("textDocument/inlineCompletion", **place)
    assert editor.answer(first)["error"]["code"] == CANCELLED
    filler.begun.wait(300)
    filler.begun.clear()
    third = editor.command("dg.fillAll", uri)
    assert editor.answer(second)["error"]["code"] == CANCELLED
    filler.begun.wait(300)
    filler.held = False
    assert editor.answer(third)["result"] is None
    assert filler.stopped == 2


def test_what_is_wrong_is_said_in_a_sentence(editor: Editor, filler: Scripted) -> None:
    uri = editor.open("Nothing [[? is closed.\n")
    answer = editor.answer(editor.command("dg.fillAll", uri))
    assert answer["error"]["code"] == FAILED
    assert answer["error"]["message"].startswith("The mark at line 1, column 9 of draft.md is not closed. Write ]]")
    editor.change(uri, DRAFT)
    filler.wrong = InputError("It is too long.", "Use <force>.")
    assert editor.answer(editor.command("dg.fillAll", uri))["error"] == {"code": FAILED, "message": "It is too long."}
    filler.wrong = RuntimeError(DRAFT)
    said = editor.answer(editor.command("dg.fillAll", uri))["error"]
    assert said == {"code": FAILED, "message": "A fault inside dg (RuntimeError)."}
    assert editor.texts[uri] == DRAFT


def test_holes_that_were_left_are_named(editor: Editor, filler: Scripted) -> None:
    filler.left = ("Line 1: the hole was left, as every fill has no words.",)
    uri = editor.open(DRAFT)
    assert editor.answer(editor.command("dg.fillAll", uri))["result"] is None
    assert ("window/showMessage", {"type": 2, "message": filler.left[0]}) in editor.said
    assert editor.texts[uri] == DRAFT


@pytest.mark.parametrize(
    "arguments",
    [[], [{}], [None], [{"uri": 3}], [{"uri": "x", "range": 3}], ["x"], [{"uri": "x", "seed": "y"}], [{"uri": "x"}, 2]],
)
def test_arguments_that_mean_nothing_are_refused(editor: Editor, arguments: list[object]) -> None:
    number = editor.ask("workspace/executeCommand", command="dg.fill", arguments=arguments)
    assert editor.answer(number)["error"]["code"] == INVALID


def test_a_document_that_is_not_open_is_not_read(editor: Editor, filler: Scripted) -> None:
    uri = f"file://{__file__}"
    here = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    assert editor.answer(editor.command("dg.fillAll", uri))["error"]["code"] == MOVED_ON
    context = {"diagnostics": []}
    wanted = {"textDocument": {"uri": uri}, "range": here, "context": context}
    assert editor.request("textDocument/codeAction", **wanted) == []
    opened = editor.open(DRAFT)
    editor.notify("textDocument/didClose", textDocument={"uri": opened})
    assert editor.answer(editor.command("dg.fillAll", opened))["error"]["code"] == MOVED_ON
    assert filler.asked == []


def test_no_text_is_logged(editor: Editor, filler: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    """Not by the library either, whatever goes wrong."""
    filler.wrong = RuntimeError(DRAFT)
    with caplog.at_level(logging.DEBUG):
        uri = editor.open(DRAFT)
        editor.answer(editor.command("dg.fillAll", uri))
        editor.ask("textDocument/hover", textDocument={"uri": DRAFT}, position=DRAFT)
        said = editor.heard("window/showMessage")  # there is no answer to what cannot be read
    assert "mill" not in caplog.text
    assert "mill" not in said["message"]
