"""Writes fitted constants as a file of profiles that `walltime … --profiles FILE` loads."""

from fit import COLLECTIVES


INDENT = "  "


def number(value):
    return f"{value:.4g}"


def quoted(text):
    """Text as YAML reads it in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', "'") + '"'


def comment(report):
    """How well constants fit, as the comment above them."""
    held = report.get("heldOutError")
    text = f"# {report['samples']} samples, median error {100 * report['medianError']:.1f} %"
    return text if held is None else f"{text}, held out {100 * held:.1f} %"


def block(entries, depth=0):
    """Lines of a map: numbers to four digits in SI units; a key that starts with # is a comment."""
    lines = []
    for key, value in entries.items():
        if value is None or value == {}:
            continue
        pad = INDENT * depth
        if key.startswith("#"):
            lines.append(f"{pad}{value}")
        elif isinstance(value, dict):
            lines += [f"{pad}{key}:", *block(value, depth + 1)]
        else:
            lines.append(f"{pad}{key}: {value if isinstance(value, str) else number(value)}")
    return lines


def judged(fitted):
    """Constants below the comment that says how well they fit."""
    constants, report = fitted
    return {"#": comment(report), **constants}


def render(fitted):
    """The file's text. `fitted` holds what was measured; a part that was not is left to the profiles extended."""
    name, base = fitted["name"], fitted["base"]
    source = {"title": quoted(fitted["title"]), "date": quoted(fitted["date"])}
    pointwise = fitted.get("pointwise")
    chip = {
        "extends": base["chip"],
        "name": quoted(f"{fitted['device']}, measured"),
        "source": source,
        "cores": {"count": fitted["cores"]},
        "kernels": {
            "gemm": {fmt: judged(found) for fmt, found in fitted["gemm"].items()},
            "attention": {kernel: judged(found) for kernel, found in fitted["attention"].items()},
            **({} if pointwise is None else {"#": comment(pointwise[1]), "pointwise": pointwise[0]}),
            "sustained": fitted["sustained"],
        },
    }
    system = {
        "extends": base["system"],
        "name": quoted(f"{base['system']} with what was measured"),
        "chip": name,
        "price": base["price"],
    }
    sections = {"chips": {name: chip}}
    if fitted.get("link") is not None:
        constants, report = fitted["link"]
        shares = {key: value for key, value in constants.items() if key in COLLECTIVES}
        rest = {key: value for key, value in constants.items() if key not in shares}
        link = {"extends": base["link"], "source": source, "#": comment(report), "achieved": shares, **rest}
        sections["links"] = {name: link}
        system["scaleUp"] = name
    if fitted.get("network") is not None:
        fabric = {"extends": base["fabric"], "source": source, "achieved": fitted["network"]}
        sections["fabrics"] = {name: fabric}
        system["fabric"] = name
    sections["systems"] = {name: system}
    stack = base["software"]
    sections["software"] = {
        name: {
            "extends": stack,
            "name": f"{stack} with the launch time measured",
            "launch": fitted["launch"],
            "source": quoted(fitted["title"]),
        }
    }
    head = [
        "# Measured by walltime's calibration kit. Use it with:",
        f"#   walltime estimate scenario.yaml --profiles THIS_FILE --set cluster.system={name} --set software={name}",
        *(f"# {line}" for line in fitted["remarks"]),
    ]
    return "\n".join([*head, *block(sections)]) + "\n"
