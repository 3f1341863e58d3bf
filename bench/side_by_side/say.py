"""What the run tells while it goes on."""

import sys


def say(text):
    print(text, file=sys.stderr, flush=True)
