"""A command line that cannot be read, in a sentence: what is wrong with it, in the words of the help."""

from __future__ import annotations

import re
from typing import Any

from dgcli.cli.help import choices, expected, term, value_name
from dgcli.cli.suggest import did_you_mean


def problem(error: Any) -> str:
    """What is wrong, of an error of typer's parser."""
    context, parameter = error.ctx, getattr(error, "param", None)
    match type(error).__name__:
        case "NoSuchOption":
            known = [name for each in context.command.get_params(context) for name in _names(each)]
            return (
                f"`{context.command_path}` has no option {error.option_name}.{did_you_mean(error.option_name, known)}"
            )
        case "BadOptionUsage":
            options = context.command.get_params(context)
            option = next(each for each in options if error.option_name in (*each.opts, *each.secondary_opts))
            if option.is_flag:
                return f"{error.option_name} takes no value."
            return f"{error.option_name} needs a value: {expected(option) or value_name(option)}."
        case "MissingParameter":
            return f"{term(parameter)} is missing."
        case "BadParameter" if parameter is not None and expected(parameter):
            given = re.search(r"'(.*)' is not one of", error.message)
            meant = did_you_mean(given[1], choices(parameter)) if given else ""
            return f"{parameter.opts[-1]} takes {expected(parameter)}.{meant}"
    said = str(error.format_message())
    return said if said.endswith((".", "?")) else f"{said}."


def _names(parameter: Any) -> list[str]:
    if parameter.param_type_name != "option" or getattr(parameter, "hidden", False):
        return []
    return [*parameter.opts, *parameter.secondary_opts]
