"""What the README shows works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def command(name: str) -> str:
    """The shell command below its mark, as `.ci/run` finds it."""
    found = re.search(rf"<!-- command: {name} -->\n```sh\n(.*?)\n```", README, re.DOTALL)
    assert found is not None
    return found[1]


def test_its_tests_pass(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n")
    for number, block in enumerate(block for block in PYTHON if "def test_" in block):
        pytester.makepyfile(**{f"test_block_{number}": block})
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=10)


def test_its_agent_of_ones_own_answers(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    (conftest,) = (block for block in PYTHON if "pytest_tmuxagent_agents" in block)
    pytester.makeconftest(conftest)
    pytester.makepyfile(
        bot="while True:\n    print('you said', input('you> '))\n",
        test_bot="""
            import pytest

            @pytest.mark.agent("bot")
            def test_bot(agent):
                assert agent.ask("hello").text == "you said hello"
        """,
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "test_bot.py").assert_outcomes(passed=1)


BRIDGE = """
    import subprocess, sys
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Bridge(BaseHTTPRequestHandler):
        def do_POST(self):
            prompt = self.rfile.read(int(self.headers["Content-Length"]))
            answer = subprocess.run(["claude", "--print"], input=prompt, capture_output=True).stdout
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

    server = HTTPServer(("127.0.0.1", 0), Bridge)
    open("port", "w").write(str(server.server_port))
    print("listening", flush=True)
    server.serve_forever()
"""


def test_its_machine_plays_stories_of_a_program(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n")
    (block,) = (block for block in PYTHON if "(AgentMachine)" in block)
    (pytester.path / "bridge.py").write_text(dedent(BRIDGE))
    block = block.replace("post(prompt)", "post(self, prompt)")
    pytester.makepyfile(
        test_bridge=block,
        conftest="""
            import urllib.request

            def post(machine, prompt):
                port = (machine.sandbox.workdir / "port").read_text()
                asked = urllib.request.Request(f"http://127.0.0.1:{port}", data=prompt.encode())
                with urllib.request.urlopen(asked) as answer:
                    return answer.read().decode().removesuffix("\\n")

            def pytest_collection_modifyitems(items):
                for item in items:
                    item.module.post = post
        """,
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--hypothesis-profile=agents-ci")
    result.assert_outcomes(passed=1)


def test_its_script_runs_without_pytest(tmp_path: Path) -> None:
    (block,) = (block for block in PYTHON if "with launch(" in block)
    (tmp_path / "script.py").write_text(block)
    printed = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert printed.stdout == "hello\n"


@pytest.mark.parametrize("name", ["examples", "clis", "tests"])
def test_ci_runs_its_commands(name: str) -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    function = script[script.index("command_of()") : script.index("\n}\n") + 3]
    printed = subprocess.run(
        ["bash", "-c", f"{function}command_of {name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert printed.stdout.strip() == command(name)
