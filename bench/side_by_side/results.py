"""Figures: samples of rounds, their medians and quartiles, and the files that keep them by case."""

import json

CONTROL = "HAProxy (control)"
CONTROLLED = "HAProxy"
CONTROL_BOUND = 0.05
RATIO = "CPU per request, to HAProxy"
FIRST = ["CPU per request", RATIO, "of it user"]  # the order of columns; then as they were measured


class Samples:
    """Values by measure and contestant, one a round; None where a round did not count."""

    def __init__(self):
        self.units = {}
        self.rounds = []
        self.current = 0

    def start_round(self):
        self.rounds.append({})
        self.current = len(self.rounds) - 1

    def in_round(self, number):
        """Goes back to a round, for who is measured after the others."""
        self.current = number

    def add(self, contestant, measure, unit, value):
        self.units[measure] = unit
        self.rounds[self.current].setdefault(measure, {})[contestant] = value

    def of_this_round(self, contestant, measure):
        return self.rounds[self.current][measure][contestant]

    def of_contestant(self, contestant):
        """Its measures in this round, with their values."""
        return [(measure, values[contestant]) for measure, values in self.rounds[self.current].items() if contestant in values]

    def compare(self, measure, name):
        """
        Adds the ratio of a measure to HAProxy's in the same round: a machine that gets slower for minutes slows both. HAProxy and
        its control together are what others are compared with; each of the two is compared with the other.
        """
        for figures in self.rounds:
            by_contestant = dict(figures.get(measure, {}))
            for contestant, value in by_contestant.items():
                peers = [by_contestant[peer] for peer in (CONTROLLED, CONTROL) if peer in by_contestant and peer != contestant]
                if peers:
                    self.units[name] = "ratio"
                    figures.setdefault(name, {})[contestant] = value / (sum(peers) / len(peers))

    def rows(self, case):
        for measure, unit in sorted(self.units.items(), key=lambda item: FIRST.index(item[0]) if item[0] in FIRST else len(FIRST)):
            for contestant in dict.fromkeys(name for figures in self.rounds for name in figures.get(measure, {})):
                values = [figures[measure][contestant] for figures in self.rounds if contestant in figures.get(measure, {})]
                q1, median, q3 = quartiles(values)
                yield {
                    "case": case,
                    "contestant": contestant,
                    "measure": measure,
                    "unit": unit,
                    "median": significant(median),
                    "q1": significant(q1),
                    "q3": significant(q3),
                }


def quartiles(values):
    """First quartile, median, third, between the nearest two values."""
    ordered = sorted(values)

    def at(share):
        position = share * (len(ordered) - 1)
        below = int(position)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (position - below)

    return at(0.25), at(0.5), at(0.75)


def significant(value):
    return float(f"{value:.4g}")


def control_difference(rows, ratio_name):
    """How far the control is from the contestant that it repeats, as a share; None where it was not run."""
    found = [row["median"] for row in rows if row["measure"] == ratio_name and row["contestant"] == CONTROL]
    return abs(found[0] - 1) if found else None


def load(path, otherwise):
    return json.loads(path.read_text()) if path.exists() else otherwise


def merge(folder, rows, conditions):
    """Replaces the figures of the cases that were run, and keeps the others."""
    folder.mkdir(parents=True, exist_ok=True)
    cases = {row["case"] for row in rows}
    kept = [row for row in load(folder / "latest.json", []) if row["case"] not in cases]
    lines = ",\n".join(json.dumps(row) for row in kept + rows)
    (folder / "latest.json").write_text(f"[\n{lines}\n]\n")
    known = load(folder / "conditions.json", {})
    known.update(conditions)
    (folder / "conditions.json").write_text(json.dumps(known, indent=1) + "\n")
