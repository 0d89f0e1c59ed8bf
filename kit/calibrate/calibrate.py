"""Measures this machine's chip and writes a file of profiles for walltime. See README.md beside this file.

    python3 calibrate.py --out measured.yaml
    torchrun --nproc-per-node 8 calibrate.py --out measured.yaml
    python3 calibrate.py --from measured.json --out measured.yaml
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import sys

import numpy as np

import fit
import write_profile

# Names by which PyTorch knows devices, and walltime's ids; the first that fits.
DEVICES = (
    (r"GH200", "gh200"),
    (r"GB300", "gb300"),
    (r"GB200", "gb200"),
    (r"B300", "b300-sxm"),
    (r"B200", "b200-sxm"),
    (r"H200", "h200-sxm"),
    (r"H100 NVL", "h100-nvl"),
    (r"H100 PCIe", "h100-pcie"),
    (r"H100", "h100-sxm"),
    (r"H800", "h800-sxm"),
    (r"H20\b", "h20"),
    (r"A800", "a800-sxm-80"),
    (r"A100-PCIE-40GB", "a100-pcie-40"),
    (r"A100.*PCIe", "a100-pcie-80"),
    (r"A100.*40GB", "a100-sxm-40"),
    (r"A100", "a100-sxm-80"),
    (r"MI300X", "mi300x"),
    (r"MI325X", "mi325x"),
    (r"MI350X", "mi350x"),
    (r"MI355X", "mi355x"),
)
ATTENTION_BACKENDS = {"FLASH_ATTENTION": "flash-2", "CUDNN_ATTENTION": "flash"}
FORMATS = ("bf16", "fp16", "fp8")


def catalog():
    """What walltime knows of chips and systems: chips.json, written from its own catalog."""
    return json.loads((pathlib.Path(__file__).parent / "chips.json").read_text())


def arguments():
    parser = argparse.ArgumentParser(description="Measure this machine's chip for walltime.")
    parser.add_argument("--out", default="measured.yaml", help="file of profiles to write")
    parser.add_argument("--raw", help="file of the measured times (--out with .json unless given)")
    parser.add_argument("--from", dest="source", help="fit the times of this file and measure nothing")
    parser.add_argument("--name", default="measured", help="id of the profiles that are written")
    parser.add_argument("--chip", help="walltime's id of the chip (by the device's name unless given)")
    parser.add_argument("--system", help="walltime's id of the system (the first with the chip unless given)")
    parser.add_argument("--software", default="megatron-core", help="stack that gets the measured launch time")
    parser.add_argument("--formats", default="bf16,fp8", help="number formats of products: bf16, fp16, fp8")
    parser.add_argument("--sustain", type=float, default=30, help="seconds of the loop under load; 0 leaves it out")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu: a trial run without meaning")
    parser.add_argument("--quick", action="store_true", help="few tiny shapes: only to see that everything runs")
    return parser.parse_args()


def chip_id(device_name, known):
    for pattern, name in DEVICES:
        if re.search(pattern, device_name) and name in known["chips"]:
            return name
    sys.exit(f"walltime ships no chip for {device_name!r}: name the nearest with --chip ({', '.join(known['chips'])})")


def system_of(chip, known, wanted):
    systems = {name: system for name, system in known["systems"].items() if system["chip"] == chip}
    if wanted is not None and wanted not in systems:
        sys.exit(f"{wanted!r} is no system with the chip {chip}: {', '.join(systems) or 'none ships'}")
    if not systems:
        sys.exit(f"walltime ships no system with the chip {chip}; name another chip with --chip")
    name = wanted or next(iter(systems))
    return name, systems[name]


def measure(options, say):
    """Every measurement as plain data; None on ranks that do not write."""
    import torch.distributed as dist

    import measure as m

    world = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_WORLD_SIZE", str(world)))
    rank = int(os.environ.get("RANK", "0"))
    device = m.Device(options.device, int(os.environ.get("LOCAL_RANK", "0")))
    if world > 1:
        # The others wait for the first rank, which measures the chip alone.
        dist.init_process_group("nccl" if device.gpu else "gloo", timeout=datetime.timedelta(hours=2))
    raw = {"device": device.name(), "title": device.describe(), "date": datetime.date.today().isoformat()}
    raw |= {"cores": device.cores(), "quick": options.quick, "world": world, "local": local}
    quiet = lambda _: None
    if rank == 0:
        formats = [f for f in options.formats.split(",") if f]
        unknown = [f for f in formats if f not in FORMATS]
        if unknown:
            sys.exit(f"unknown format {unknown[0]!r}: {', '.join(FORMATS)}")
        say("matrix products")
        raw["gemm"] = {f: m.measure_gemm(device, f, options.quick, say) for f in formats}
        say("attention")
        backends = {"MATH": "flash"} if not device.gpu else ATTENTION_BACKENDS
        raw["attention"] = {kernel: m.measure_attention(device, b, options.quick, say) for b, kernel in backends.items()}
        say("memory")
        raw["memory"] = m.measure_memory(device, options.quick, say)
        raw["launch"] = m.measure_launch(device, say)
        if options.sustain > 0:
            say("sustained speed")
            loops = [f for f in formats if raw["gemm"][f]]
            raw["sustained"] = {f: m.measure_sustained(device, f, options.sustain, options.quick, say) for f in loops}
    if world > 1:
        dist.barrier()
        tell = say if rank == 0 else quiet
        tell("collectives")
        raw["collectives"] = m.measure_collectives(device, list(range(local)), options.quick, tell)
        if world > local:
            raw["network"] = m.measure_network(device, local, world, options.quick, tell)
        dist.destroy_process_group()
    return raw if rank == 0 else None


def fitted_profile(raw, name, chip, system_name, system, software, known):
    """The constants of walltime's forms for these measurements."""
    numbers = {**known["chips"][chip], "cores": raw["cores"] or known["chips"][chip]["cores"]}
    link = known["links"][system["link"]]
    base = {"chip": chip, "system": system_name, "software": software}
    base |= {key: system[key] for key in ("link", "fabric", "price")}
    result = {"name": name, "base": base, "cores": numbers["cores"], "remarks": []}
    result |= {key: raw[key] for key in ("device", "date")}
    result["title"] = f"walltime calibration kit on {raw['title']}"
    if raw["quick"]:
        result["remarks"].append("A TRIAL RUN (--quick): these figures mean nothing.")
    products = {fmt: rows for fmt, rows in raw["gemm"].items() if rows and fmt in numbers["peakFlops"]}
    result["gemm"] = {fmt: fit.fit_gemm(rows, fmt, numbers) for fmt, rows in products.items()}
    attention = {kernel: rows for kernel, rows in raw["attention"].items() if rows}
    # Where the vendor's newest kernel does not run, the one that does is the newest.
    if "flash" not in attention and "flash-2" in attention:
        attention["flash"] = attention["flash-2"]
    result["attention"] = {kernel: fit.fit_attention(rows, numbers) for kernel, rows in attention.items()}
    result["pointwise"] = fit.fit_pointwise(raw["memory"], numbers)
    result["sustained"] = {f: min(1.0, loop["cool"] / loop["steady"]) for f, loop in raw.get("sustained", {}).items()}
    if result["sustained"]:
        result["remarks"].append("Without `sustained`, walltime takes the speeds fitted on published training steps.")
    result["launch"] = raw["launch"]
    rows = raw.get("collectives", [])
    if rows and link["topology"] == "switched":
        copies = [row["bytes"] / 2 / row["seconds"] for row in raw["memory"] if row["kind"] == "copy"]
        result["link"] = fit.fit_link(rows, link, float(np.median(copies)))
    elif rows:
        result["remarks"].append("Collectives were measured but not fitted: the link is no switch. See the raw times.")
    if "network" in raw:
        fabric = known["fabrics"][system["fabric"]]
        share = raw["network"]["busBandwidth"] * system["chipsPerNode"] / (system["nicsPerNode"] * fabric["linkBandwidth"])
        if fabric["adaptiveRouting"]:
            result["network"] = min(1.0, share)
        else:
            result["remarks"].append(
                f"The network gave {100 * share:.0f} % of its rate with collisions of hashed routes in it, which walltime"
                " counts apart: not written."
            )
    return result


def main():
    options = arguments()
    say = lambda text: print(text, file=sys.stderr, flush=True)
    raw = json.loads(pathlib.Path(options.source).read_text()) if options.source else measure(options, say)
    if raw is None:
        return
    out = pathlib.Path(options.out)
    if not options.source:
        path = pathlib.Path(options.raw) if options.raw else out.with_suffix(".json")
        path.write_text(json.dumps(raw, indent=1) + "\n")
        say(f"times: {path}")
    known = catalog()
    chip = options.chip or chip_id(raw["device"], known)
    if chip not in known["chips"]:
        sys.exit(f"unknown chip {chip!r}: {', '.join(known['chips'])}")
    system_name, system = system_of(chip, known, options.system)
    fitted = fitted_profile(raw, options.name, chip, system_name, system, options.software, known)
    out.write_text(write_profile.render(fitted))
    say(f"profiles: {out}")


if __name__ == "__main__":
    main()
