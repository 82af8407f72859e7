"""Nouns of Korean text, found by another process.

That process loads for a second, which pages that are rendered meanwhile need not wait
for. `python -m publishing.nouns` answers each line, a text, with a line.
"""

import atexit
import functools
import json
import subprocess
import sys

from mkdocs.exceptions import PluginError

_NOUNS = ("NNG", "NNP", "NNB", "XPN", "XSN", "XR", "SL")
_LONGEST = 4  # nouns in a row that somebody might type as one word


def nouns(text: str) -> list[str]:
    """Nouns in a row as one word, from each of them on.

    Raises PluginError where the analyser is not to be had.
    """
    analyser = _analyser()
    try:
        print(json.dumps(text), file=analyser.stdin, flush=True)
        return json.loads(analyser.stdout.readline())
    except (OSError, ValueError) as error:
        message = "Korean words are not found: `python -m publishing.nouns` has ended"
        raise PluginError(f"{message}; mend what it says above") from error


@functools.cache
def _analyser() -> subprocess.Popen:
    process = subprocess.Popen(
        (sys.executable, "-m", "publishing.nouns"),
        stdin=subprocess.PIPE,  # it ends with who holds the other side …
        stdout=subprocess.PIPE,
        start_new_session=True,  # … and not before, by Ctrl+C
        text=True,
    )
    atexit.register(process.communicate)
    return process


def _in_a_row(tokens: list) -> list[str]:
    found, row = set(), []
    for token in (*tokens, None):
        if token and token.tag in _NOUNS and (not row or token.start - row[-1].end < 2):
            row.append(token)
            continue
        words = [each.form for each in row]
        found |= {"".join(words[i : i + _LONGEST]) for i in range(len(words))}
        row = [token] if token and token.tag in _NOUNS else []
    return sorted(found)


if __name__ == "__main__":
    from kiwipiepy import Kiwi  # slow

    kiwi = Kiwi(load_multi_dict=False)  # names of several words: slow, and not ours
    for line in sys.stdin:
        print(json.dumps(_in_a_row(kiwi.tokenize(json.loads(line)))), flush=True)
