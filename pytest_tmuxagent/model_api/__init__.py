"""The model server: real CLIs ask it over HTTP, in their vendors' wire protocols, and the script answers."""
