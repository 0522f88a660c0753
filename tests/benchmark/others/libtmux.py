"""libtmux: a server of its own, `retry_until` on the captured screen."""

from __future__ import annotations

import shlex
from pathlib import Path

import libtmux
from libtmux.test.retry import retry_until

from tests.benchmark import stub

_PATIENCE = 20.0


class LibtmuxTerminal:
    """A stub in the only pane of a libtmux server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked = 0
        self.server = libtmux.Server(socket_name=folder.name, config_file="/dev/null")
        try:
            session = self.server.new_session(
                x=stub.SIZE[0],
                y=stub.SIZE[1],
                start_directory=folder,
                window_command=f"exec {shlex.join(stub.prepare(folder))}",
            )
            pane = session.active_pane
            assert pane is not None
            self._pane = pane
            self._wait_for(stub.box())
        except BaseException:
            self.close()
            raise

    def ask(self, prompt: str) -> None:
        # send_keys takes 128 KB at the most, and the Enter after it is held: the stub sees a burst of keys.
        path = self._folder / "prompt"
        path.write_text(prompt, encoding="utf-8")
        self.server.load_buffer(path, buffer_name="prompt")
        self._pane.paste_buffer(buffer_name="prompt", bracket=True, linefeed_separator=True)
        self._pane.enter()
        self._wait_for_answer()

    def command(self) -> None:
        self.server.cmd("display-message", "-p", "#{pane_id}")

    def received(self) -> list[str]:
        return stub.prompts_received(self._folder)

    def close(self) -> None:
        if self.server.is_alive():
            self.server.kill()

    def _wait_for_answer(self) -> None:
        self._asked += 1
        self._wait_for(stub.answer(self._asked))

    def _wait_for(self, text: str) -> None:
        retry_until(lambda: any(text in line for line in self._pane.capture_pane()), _PATIENCE)
