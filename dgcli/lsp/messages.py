"""What the server says, as messages of the protocol; and what a client can take."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from dgcli.errors import DgError, lacks_memory
from dgcli.lsp.actions import Action
from dgcli.lsp.documents import OpenDocument
from dgcli.lsp.filler import Edit
from dgcli.lsp.findings import Finding, wish
from dgcli.lsp.places import Place
from dgcli.lsp.positions import Positions


def refused(error: Exception) -> JsonRpcException:
    """An error as the answer to a request: a sentence or two, and no traceback."""
    if isinstance(error, DgError):  # advice may name settings that an editor does not have
        said = error.problem if "<" in error.advice else f"{error.problem} {error.advice}"
    elif lacks_memory(error):
        said = "There is not enough memory. Choose a smaller model, as in `dg lsp -m NAME`."
    else:
        said = f"A fault inside dg ({type(error).__name__})."
    return JsonRpcException(said.strip(), types.LSPErrorCodes.RequestFailed)


def range_of(positions: Positions, start: int, end: int) -> types.Range:
    """Characters of a text as a range of it."""
    return types.Range(types.Position(*positions.position(start)), types.Position(*positions.position(end)))


def stretch_of(positions: Positions, wanted: types.Range) -> tuple[int, int]:
    """A range as characters; one that ends before it begins is the place of its beginning."""
    start = positions.offset(wanted.start.line, wanted.start.character)
    return start, max(start, positions.offset(wanted.end.line, wanted.end.character))


def workspace_edit(
    server: LanguageServer, uri: str, version: int | None, positions: Positions, edits: Sequence[Edit]
) -> types.WorkspaceEdit:
    """Edits of one version of a document. A client that does not say that it knows versions may still do so."""
    changes = [types.TextEdit(range_of(positions, edit.start, edit.end), edit.text) for edit in edits]
    document = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
    versioned = types.TextDocumentEdit(text_document=document, edits=changes)
    workspace = server.client_capabilities.workspace
    can = workspace is not None and workspace.workspace_edit is not None and workspace.workspace_edit.document_changes
    return types.WorkspaceEdit(document_changes=[versioned], changes=None if can else {uri: changes})


def code_action(
    server: LanguageServer, uri: str, document: OpenDocument, positions: Positions, action: Action
) -> types.CodeAction:
    """A thing to do, as editors list it."""
    found = types.CodeAction(title=action.title, kind=types.CodeActionKind(action.kind))
    if action.edit is not None:
        found.edit = workspace_edit(server, uri, document.version, positions, [action.edit])
        return found
    wanted = range_of(positions, action.start, action.end)
    arguments = {
        "uri": uri,
        "version": document.version,
        "range": {
            "start": {"line": wanted.start.line, "character": wanted.start.character},
            "end": {"line": wanted.end.line, "character": wanted.end.character},
        },
    }
    if action.register:
        arguments["register"] = action.register
    found.command = types.Command(title=action.title, command=action.command, arguments=[arguments])
    return found


def diagnostic(positions: Positions, finding: Finding) -> types.Diagnostic:
    """What is underlined: a mark as a piece of information, what is broken as a warning."""
    severity = types.DiagnosticSeverity.Warning if finding.broken else types.DiagnosticSeverity.Information
    place = range_of(positions, finding.start, finding.end)
    return types.Diagnostic(place, finding.message, severity=severity, code=finding.code, source="dg")


def hover(place: Place) -> types.MarkupContent:
    """What a hole asks for, or asked for, and what else might stand there."""
    said = [f"Filled by dg{wish(place.hole)}." if place.filled else f"A hole to fill{wish(place.hole)}."]
    if place.others:
        said += [
            "Other fills:" if place.filled else "Fills:",
            *(f"- {other.strip() or '(nothing)'}" for other in place.others),
        ]
    else:
        said += ["No other fill is known."] * place.filled
    return types.MarkupContent(types.MarkupKind.PlainText, "\n".join(said))


class Progress:
    """How far a run is, where the client shows that. To be used within the event loop.

    `token` is where the client wants it to be shown; None: nowhere in particular. `cancel` is called where a person
    ends the run there.
    """

    def __init__(self, server: LanguageServer, title: str, token: types.ProgressToken | None) -> None:
        self.cancel: Callable[[], None] | None = None
        self._server = server
        self._title = title
        self._token = token
        self._asked = False
        self._begun = False
        self._ended = False

    def tell(self, message: str, share: float | None) -> None:
        """What is done, and how much of it."""
        progress, window = self._server.work_done_progress, self._server.client_capabilities.window
        percentage = None if share is None else min(100, int(100 * share))
        if self._ended:
            return
        if self._begun and self._token is not None:
            report = types.WorkDoneProgressReport(cancellable=True, message=message, percentage=percentage)
            progress.report(self._token, report)
        elif self._token is not None and not self._asked:
            self._begin(self._token, message)
        elif window is not None and window.work_done_progress and not self._asked:
            self._asked = True
            self._token = token = f"dg-{uuid.uuid4()}"
            progress.create(token, lambda _: self._begin(token, message))

    def end(self) -> None:
        """The run has ended, one way or the other."""
        self._ended = True
        if self._begun and self._token is not None:
            self._server.work_done_progress.end(self._token, types.WorkDoneProgressEnd())
            self._server.work_done_progress.tokens.pop(self._token, None)

    def _begin(self, token: types.ProgressToken, message: str) -> None:
        """The client is ready for it."""
        progress = self._server.work_done_progress
        if self._ended:
            progress.tokens.pop(token, None)
            return
        self._begun = True
        begin = types.WorkDoneProgressBegin(title=self._title, cancellable=True, message=message, percentage=0)
        progress.begin(token, begin)
        progress.tokens[token].add_done_callback(lambda _: self.cancel and self.cancel())
