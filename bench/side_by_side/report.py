"""What people read: a table and a chart of the figures, in bench/results and in the README."""

import re

import cases
import results
from mesh import SERVICES

ORDER = ["Weft", f"Weft, {SERVICES} services", "Envoy", "HAProxy", "nginx", results.CONTROL, "direct"]
PEERS = ["Weft", "Envoy", "HAProxy", "nginx"]
COLOURS = {"Weft": "#0f766e", "Envoy": "#b45309", "HAProxy": "#64748b", "nginx": "#94a3b8"}
BEGIN, END = "<!-- make bench writes from here -->", "<!-- to here -->"


def write(folder, readme):
    rows = results.load(folder / "latest.json", [])
    conditions = results.load(folder / "conditions.json", {})
    known = [case for case in cases.ALL if case.name in conditions]
    (folder / "chart.svg").write_text(chart(known, rows))
    (folder / "results.md").write_text(document(known, rows, conditions))
    if readme and BEGIN in readme.read_text():
        section = f"{BEGIN}\n{summary(known, rows, conditions)}\n{END}"
        text = re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: section, readme.read_text(), flags=re.DOTALL)
        readme.write_text(text)


def figures(rows, case, measure):
    """Rows by contestant, in the order of the tables."""
    found = {row["contestant"]: row for row in rows if row["case"] == case and row["measure"] == measure}
    return {name: found[name] for name in ordered(found)}


def ordered(contestants):
    """Those that each case knows, then those of one case, as they were measured."""
    return [*(name for name in ORDER if name in contestants), *(name for name in contestants if name not in ORDER)]


def measures(rows, case):
    return list(dict.fromkeys(row["measure"] for row in rows if row["case"] == case))


def document(known, rows, conditions):
    parts = ["# Results of `make bench`", "", "Medians, in brackets the quartiles. [How to read them](../../docs/benchmarks.md).", ""]
    for case in known:
        parts += [f"## {case.title}", "", told(conditions[case.name]), ""]
        parts += table(case.name, rows)
        bounds = held(case.bounds, case.name, rows)
        if bounds:
            parts += ["", f"Weft's ratios: {'; '.join(bounds)}."]
        parts.append("")
    return "\n".join(parts)


def table(case, rows):
    names = measures(rows, case)
    lines = ["| | " + " | ".join(f"{name}, {unit_of(rows, case, name)}" for name in names) + " |"]
    lines.append("| --- |" + " --- |" * len(names))
    present = dict.fromkeys(row["contestant"] for row in rows if row["case"] == case)
    for contestant in ordered(present):
        cells = []
        for name in names:
            row = figures(rows, case, name).get(contestant)
            cells.append(f"{row['median']:g} ({row['q1']:g}-{row['q3']:g})" if row else "")
        lines.append(f"| {contestant} | " + " | ".join(cells) + " |")
    return lines


def held(bounds, case, rows):
    """Each bound with what was measured; bold where it is missed."""
    lines = []
    for bound in bounds:
        relative = figures(rows, case, results.RATIO) if bound.measure == "CPU per request" else {}
        measured = ratio(relative or figures(rows, case, bound.measure), "Weft", bound.to)
        if measured:
            shown = measured if float(measured) <= bound.must else f"**{measured}**"
            lines.append(f"{bound.measure} to {bound.to} {shown} (must {bound.must:.2f}, aim {bound.aim:.2f})")
    return lines


def unit_of(rows, case, measure):
    return next(row["unit"] for row in rows if row["case"] == case and row["measure"] == measure)


def ratio(ratios, contestant, to):
    """From the ratios to HAProxy of the same rounds."""
    if contestant not in ratios or to not in ratios:
        return ""
    return f"{ratios[contestant]['median'] / ratios[to]['median']:.2f}"


def told(condition):
    """The conditions of a case as a sentence or two."""
    versions = ", ".join(f"{name} {version}" for name, version in condition["versions"].items())
    stolen = condition["others had (median)"]
    control = condition["control differs by"]
    parts = [
        f"{condition['date']} UTC, commit {condition['commit']}, {condition['machine']}.",
        f"{condition['rounds']} rounds of {condition['seconds']} s after {condition['warm-up']} s of load, processes started {condition['started anew']} times.",
        f"Scheduling: {condition['scheduling']}. {versions}.",
        f"Others had {stolen:.1%} of the CPU" if stolen is not None else "No round counted",
        f"({condition['rounds thrown away']} rounds thrown away, above {condition['others may have']:.0%});",
        f"the control differs by {control:.1%}." if control is not None else "no control.",
    ]
    if condition["flags of Weft"]:
        parts.append(f"Weft with {condition['flags of Weft']}.")
    if condition["pair shares a core"]:
        parts.append("Both proxies share one core.")
    if condition["void"]:
        parts.append("**Void: the same program twice differs by more than 5%.**")
    return " ".join(parts)


def summary(known, rows, conditions):
    """For the README: CPU a request, all cases, and what it was measured on."""
    lines = ["| CPU per request, us | " + " | ".join(PEERS) + " | Weft to HAProxy | Weft to Envoy |"]
    lines.append("| --- |" + " --- |" * 6)
    for case in known:
        found = figures(rows, case.name, "CPU per request")
        if "Weft" in found:
            cells = [f"{found[name]['median']:.1f}" if name in found else "" for name in PEERS]
            void = " (void)" if conditions[case.name]["void"] else ""
            relative = figures(rows, case.name, results.RATIO) or found
            ratios = [ratio(relative, "Weft", to) for to in ("HAProxy", "Envoy")]
            lines.append(f"| {case.title}{void} | " + " | ".join(cells + ratios) + " |")
    return "\n".join(lines + ["", "![CPU per request, each case to its HAProxy](bench/results/chart.svg)"])


def chart(known, rows):
    """Bars of CPU per request relative to HAProxy, a group each case; text stays text, no scripts."""
    groups = []
    for case in known:
        found = figures(rows, case.name, results.RATIO)
        if found:
            groups.append((case.title, {name: row["median"] for name, row in found.items() if name in COLOURS}))
    widest = max([value for _, bars in groups for value in bars.values()] + [1.0])
    left, width, bar = 300, 480, 14
    parts = []
    y = 48
    for title, bars in groups:
        parts.append(f'<text x="{left - 10}" y="{y + len(bars) * bar / 2 + 4}" text-anchor="end">{title}</text>')
        for name, value in bars.items():
            length = value / widest * width
            parts.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar - 2}" fill="{COLOURS[name]}"/>')
            parts.append(f'<text x="{left + length + 5:.1f}" y="{y + bar - 4}">{value:.2f}</text>')
            y += bar
        y += 12
    legend = "".join(
        f'<rect x="{left + place * 100}" y="22" width="12" height="12" fill="{colour}"/><text x="{left + place * 100 + 17}" y="32">{name}</text>'
        for place, (name, colour) in enumerate(COLOURS.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 {y + 10}" font-family="sans-serif" font-size="12" fill="#334155">\n'
        f'<rect width="840" height="{y + 10}" fill="#ffffff"/>\n'
        f'<text x="10" y="32" font-weight="bold">CPU per request, HAProxy = 1</text>{legend}\n' + "\n".join(parts) + "\n</svg>\n"
    )
