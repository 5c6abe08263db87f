#!/bin/bash

# @raycast.schemaVersion 1
# @raycast.title Restyle Clipboard
# @raycast.mode silent
# @raycast.packageName dg
# @raycast.description Rewrites the text on the clipboard in a register.
# @raycast.argument1 { "type": "text", "placeholder": "formal" }

set -euo pipefail
export PATH="$HOME/.local/bin:/opt/homebrew/bin:$PATH"
text=$(pbpaste | dg restyle - --register "${1:-formal}" -q) || [ $? -eq 5 ]  # 5: a part stayed as it was
printf '%s' "$text" | pbcopy
echo "Restyled"
