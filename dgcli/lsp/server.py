"""The language server as editors see it: which requests it answers, and how."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException, JsonRpcInvalidParams, JsonRpcRequestCancelled
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

import dgcli
from dgcli.lsp import actions
from dgcli.lsp.desk import Asked, Desk, Stale
from dgcli.lsp.documents import OpenDocument, name_of
from dgcli.lsp.filler import Cancelled, Filler, Outcome
from dgcli.lsp.findings import findings
from dgcli.lsp.messages import Progress, code_action, diagnostic, hover, range_of, refused, stretch_of, workspace_edit
from dgcli.lsp.positions import Positions
from dgcli.lsp.runs import Busy, Run
from dgcli.platform.seeds import fresh_seed

_PATIENCE = 0.2  # seconds without a change after which marks are looked for
_KINDS = [types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite]
_TITLES = {
    actions.FILL: "Filling a hole",
    actions.FILL_ALL: "Filling all holes",
    actions.OTHERS: "Looking for other fills",
    actions.REWRITE: "Rewriting",
    actions.RESTYLE: "Restyling",
}


class _Protocol(LanguageServerProtocol):
    """The protocol, but for commands: the library would go on with one whose request was cancelled."""

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> None:  # type: ignore[override]
        server = self._server
        assert isinstance(server, Server)
        await server.do(params)


class Server(LanguageServer):
    """A language server with a desk, on which the open documents lie."""

    def __init__(self, filler: Filler, registers: Callable[[], Iterable[str]], seed: int | None = None) -> None:
        """`registers` are the names that are offered; `seed` is that of every run, None: of each its own."""
        super().__init__(
            "dg",
            dgcli.__version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=_Protocol,
            converter_factory=default_converter,
        )
        self.desk = Desk(filler)
        self.registers = registers
        self.seed = seed
        self.dismissed = False  # the client has said that it will go
        self._checks: dict[str, asyncio.TimerHandle] = {}  # that are to come, of documents by their addresses
        _register(self)

    def serve(self, stdin: BinaryIO, stdout: BinaryIO) -> bool:
        """Answer until the client goes; whether it said so before. A run may still be under way, and ends soon."""
        logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)  # what it logs has texts in it
        self.start_io(stdin, stdout)
        self.desk.runs.close()
        return self.dismissed

    def positions(self, document: OpenDocument) -> Positions:
        """The lines of a document, in the code units that were agreed on."""
        return Positions.of(document.text, types.PositionEncodingKind(self.workspace.position_encoding).value)

    def check_soon(self, uri: str, patience: float) -> None:
        """Look for marks when nothing has changed for a while."""
        if uri in self._checks:
            self._checks.pop(uri).cancel()
        self._checks[uri] = asyncio.get_running_loop().call_later(patience, self._check, uri)

    def _check(self, uri: str) -> None:
        document = self.desk.documents.get(uri)
        found: list[types.Diagnostic] = []
        if document is not None:
            positions = self.positions(document)
            found = [diagnostic(positions, each) for each in findings(document)]
        version = None if document is None else document.version
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def asked(self, given: Sequence[Any]) -> Asked:
        """What a command is called with: an object of `uri`, and maybe `version`, `range`, `hint`, `register`, `seed`.

        Raises:
            JsonRpcInvalidParams: it is something else.
            Stale: the document is not open.
        """
        try:
            (arguments,) = given
            uri, version, seed = arguments["uri"], arguments.get("version"), arguments.get("seed", self.seed)
            edges = arguments.get("range", {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}})
            place = types.Range(types.Position(**edges["start"]), types.Position(**edges["end"]))
            words = arguments.get("hint", ""), arguments.get("register", "")
            if not all(isinstance(each, str) for each in (uri, *words)):
                raise TypeError
            if not all(each is None or type(each) is int for each in (version, seed)):
                raise TypeError
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise JsonRpcInvalidParams("The arguments of a command of dg are not what it takes.") from error
        document = self.desk.documents.get(uri)
        if document is None:
            raise Stale
        start, end = stretch_of(self.positions(document), place)
        seed = fresh_seed() if seed is None else seed
        return Asked(uri=uri, version=version, start=start, end=end, hint=words[0], register=words[1], seed=seed)

    async def do(self, params: types.ExecuteCommandParams) -> None:
        """A command: a run that ends in an edit, or in other fills that are kept."""
        command = params.command
        if command not in _TITLES:
            raise JsonRpcInvalidParams(f"There is no command {command!a:.60}.")
        progress = Progress(self, _TITLES[command], params.work_done_token)
        run = Run(progress.tell)
        progress.cancel = run.cancel
        try:
            asked = self.asked(params.arguments or ())
            before = self.desk.document(asked)
            if command == actions.OTHERS:
                count = await self.desk.others(asked, run)
                self._tell(f"{count or 'No'} other fill{'' if count == 1 else 's'}; the code actions here offer them.")
                return
            match command:
                case actions.REWRITE:
                    outcome = await self.desk.rewrite(asked, run)
                case actions.RESTYLE:
                    outcome = await self.desk.restyle(asked, run)
                case _:
                    outcome = await self.desk.fill(asked, run, all_of_them=command == actions.FILL_ALL)
            await self._deliver(asked, before, outcome, _TITLES[command])
        except Exception as error:
            raise _answer(error) from error
        finally:
            progress.end()

    async def _deliver(self, asked: Asked, before: OpenDocument, outcome: Outcome, title: str) -> None:
        """Have the client make the edits of a run, and say what it left."""
        for sentence in outcome.left:
            self._tell(sentence, types.MessageType.Warning)
        if not outcome.edits:
            if not outcome.left:
                self._tell("Nothing was changed: the model found no better words.")
            return
        self.desk.expect(asked, before, outcome.edits)
        edit = workspace_edit(self, asked.uri, before.version, self.positions(before), outcome.edits)
        answer = await self.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, title))
        if not answer.applied:
            self.desk.expected.pop(asked.uri, None)
            raise Stale

    async def complete(self, params: types.InlineCompletionParams) -> types.InlineCompletionList | None:
        """What may stand at a place, between what is before and behind it. Whatever else is asked for comes first."""
        try:
            document = self.desk.documents.get(params.text_document.uri)
            if document is None:
                raise Stale
            place = types.Range(params.position, params.position)
            start, end = stretch_of(self.positions(document), place)
            seed = fresh_seed() if self.seed is None else self.seed
            asked = Asked(uri=params.text_document.uri, version=document.version, start=start, end=end, seed=seed)
            texts = await self.desk.between(asked, Run(_unheard, gives_way=True))
        except Busy:
            return None
        except Exception as error:
            raise _answer(error) from error
        return types.InlineCompletionList([types.InlineCompletionItem(text, range=place) for text in texts])

    def _tell(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        self.window_show_message(types.ShowMessageParams(kind, message))


def _answer(error: Exception) -> JsonRpcException:
    """The answer to a request that came to nothing."""
    match error:
        case JsonRpcException():
            return error
        case Cancelled():
            return JsonRpcRequestCancelled("Cancelled; nothing was changed.")
        case Stale():
            return JsonRpcContentModified("The document has changed since, so nothing was done. Ask again.")
        case Busy():
            problem = "Another run of dg is under way. Cancel it, or wait until it ends."
            return JsonRpcException(problem, types.LSPErrorCodes.RequestFailed)
    return refused(error)


def _register(server: Server) -> None:
    """Say which notifications, requests and commands are for the server."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        server.desk.opened(item.uri, OpenDocument(item.text, item.version, name_of(item.uri, item.language_id)))
        server.check_soon(item.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        item = params.text_document
        if params.content_changes:  # each of them is a whole text
            server.desk.changed(item.uri, params.content_changes[-1].text, item.version)
            server.check_soon(item.uri, _PATIENCE)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.desk.closed(params.text_document.uri)
        server.check_soon(params.text_document.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(_KINDS))
    def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        if (document := server.desk.documents.get(uri)) is None:
            return []
        positions = server.positions(document)
        found = actions.actions(document, *stretch_of(positions, params.range), server.registers())
        wanted = params.context.only
        return [
            code_action(server, uri, document, positions, each)
            for each in found
            if not wanted or any(f"{each.kind}.".startswith(f"{kind}.") for kind in map(_value, wanted))
        ]

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        if (document := server.desk.documents.get(params.text_document.uri)) is None:
            return None
        positions = server.positions(document)
        offset = positions.offset(params.position.line, params.position.character)
        place = next(iter(document.places_at(offset, offset)), None)
        return None if place is None else types.Hover(hover(place), range_of(positions, place.start, place.end))

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def completed(params: types.InlineCompletionParams) -> types.InlineCompletionList | None:
        return await server.complete(params)

    @server.feature(types.SHUTDOWN)
    def dismissed(params: None) -> None:
        server.dismissed = True
        server.desk.runs.cancel()

    for command in _TITLES:  # so that they are listed; `_Protocol` runs them
        server.command(command)(lambda: None)


def _value(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def _unheard(message: str, share: float | None) -> None:
    """How far a completion is."""
