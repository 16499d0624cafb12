"""Verdict and advice of thousands of random networks: every word by the suite's predicates, every advice followed.

python -m benchmarks.verdicts [--networks 3000] [--followed 600] [--seed 1]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from simulator import propagate
from tests.studies.test_advice import follow
from tests.studies.test_verdict import agrees, random_networks


def main() -> None:
    """How many there were of each outcome, how many steps advice took, and what did not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=3000)
    parser.add_argument("--followed", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcomes, steps, wrong = Counter[str](), Counter[int](), list[str]()
    start = time.monotonic()
    for experiment in random_networks(options.networks, options.seed):
        result = propagate(experiment)
        outcomes[result.outcome.name] += 1
        try:
            agrees(result)
        except AssertionError as error:
            wrong.append(f"verdict {experiment.params()}: {error}")
    print(f"{options.networks} networks in {time.monotonic() - start:.0f} s:", dict(outcomes), flush=True)
    for experiment in random_networks(options.followed, options.seed + 1):
        try:
            steps[follow(experiment)] += 1
        except AssertionError as error:
            wrong.append(f"advice {experiment.params()}: {error}")
    print(f"{options.followed} followed: steps {dict(sorted(steps.items()))}")
    print(f"{len(wrong)} that do not hold", *wrong, sep="\n")


if __name__ == "__main__":
    main()
