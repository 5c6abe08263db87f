"""The machine as dgcli sees it: device, streams, files and programs from elsewhere, what is given to a function."""
