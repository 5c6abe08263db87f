"""The machine: device, streams, signals, files, the sandbox of chat templates, checks of arguments."""
