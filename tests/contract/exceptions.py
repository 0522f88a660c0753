"""Where the stub does not match the real CLI, or the real CLI not itself: the one list, each with its reason.

The README repeats it. What a test leaves out of a comparison stands here, and nothing else does.
"""

from __future__ import annotations

EXCEPTIONS: dict[str, dict[str, str]] = {
    "claude": {
        "hook MessageDisplay": "the stub does not tell what it draws; the real one does, beside other hooks",
        "place of a record": "an answer may be written before its prompt; `parentUuid` tells the order",
        "record ai-title": "written when the title is there, which the CLI asks for beside the turn",
        "record file-history-snapshot": "the one of a prompt is written before or after it, as it comes",
        "record attachment task_reminder": "it reminds itself of its list of tasks, every so many answers",
        "records of a session written again": "`mode` and the like, every so many records",
        "last-prompt as the first record": "the real one begins with it now and then",
        "order of reads": "the real one makes the reads of one answer at the same time, the stub one by one",
        "place in the sentence of a 5xx": "it names the base URL, and the stub of a test has none",
        "verbs of the spinner": "the real ones are drawn by lot",
        "calls of an outside host": "the stub calls nobody, so that no proxy stands in a program's way",
        "end of an interrupted run": "without a terminal, and before an answer began, it may print no result",
    },
    "codex": {
        "wall time of a command": "it is measured",
        "calls of an outside host": "the stub calls nobody, so that no proxy stands in a program's way",
        "notification of a title": "titles are a thread of their own, whose turns are told, too",
    },
}
