"""A program with a prompt and nothing else, for the tests of agents that are read off their screen."""

import sys
import time


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def answer(words: list[str]) -> None:
    match words:
        case ["count", number]:
            say("\n".join(f"line {line}" for line in range(int(number))))
        case ["wipe"]:
            say("\x1b[2J\x1b[3J\x1b[Hwiped")
        case ["sleep", seconds]:
            time.sleep(float(seconds))
            say("slept")
        case _:
            say(f"got {' '.join(words)}")


while True:
    try:
        answer(input("you> ").split())
    except KeyboardInterrupt:
        say("stopped")
