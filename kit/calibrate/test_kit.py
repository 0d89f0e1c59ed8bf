"""Tests of the fit and of the file it writes, on times made from known constants. Run: python3 test_kit.py"""

import pathlib
import re
import sys
import unittest

import numpy as np

import calibrate
import fit
import forms
import write_profile

HERE = pathlib.Path(__file__).parent
SAMPLE = HERE / "sample.yaml"
KNOWN = calibrate.catalog()
CHIP = KNOWN["chips"]["h100-sxm"]
GEMM = {"share": 0.78, "launch": 3.4e-6, "memoryShare": 0.74, "kRamp": 130.0, "waveExponent": 0.17}
LINK = {"allReduce": 0.7, "allGather": 0.75, "reduceScatter": 0.74, "allToAll": 0.7, "sendRecv": 0.8}
LINK |= {"baseLatency": 9e-6, "hopLatency": 1.1e-6, "allToAllLatency": 12e-6, "inSwitchShare": 1.05}
LINK |= {"chunkBytes": 8e5, "allToAllChunkBytes": 4e5}
COPY = 2.6e12 / 2


def shapes():
    """The shapes that the kit measures, without PyTorch."""
    text = (HERE / "measure.py").read_text()
    code = text[text.index("LAYERS = (") : text.index("def wide_product")]
    scope = {}
    exec(code, scope)  # noqa: S102 - this repository's own file
    return scope["gemm_shapes"](False)


def gemm_rows(constants, fmt, noise=0.0):
    random = np.random.default_rng(1)
    rows = []
    for kind, m, n, k in shapes():
        seconds = forms.gemm_seconds(m, n, k, fmt, CHIP, constants) * np.exp(noise * random.standard_normal())
        rows.append({"pass": kind, "m": m, "n": n, "k": k, "seconds": float(seconds)})
    return rows


def link_rows(constants, link, most=8):
    whole = {**constants, "copyBandwidth": COPY}
    rows = []
    for members in (2, 4, 8):
        for collective in fit.COLLECTIVES:
            if members > most or (collective == "sendRecv" and members > 2):
                continue
            for power in range(16, 31, 2):
                seconds = forms.collective_seconds(collective, members, 2**power, link, whole)
                rows.append({"collective": collective, "members": members, "bytes": 2**power, "seconds": float(seconds)})
    return rows


class Fits(unittest.TestCase):
    def close(self, fitted, true, within):
        for name, value in true.items():
            self.assertLess(abs(fitted[name] / value - 1), within, f"{name}: {fitted[name]} for {value}")

    def test_products_give_back_their_constants(self):
        constants, report = fit.fit_gemm(gemm_rows(GEMM, "bf16"), "bf16", CHIP)
        self.close(constants, GEMM, 0.01)
        self.assertLess(report["heldOutError"], 1e-3)

    def test_noise_and_outliers_move_them_little(self):
        rows = gemm_rows(GEMM, "bf16", noise=0.03)
        for row in rows[::17]:
            row["seconds"] *= 3
        constants, _ = fit.fit_gemm(rows, "bf16", CHIP)
        self.close(constants, {"share": GEMM["share"]}, 0.03)
        self.close(constants, {"launch": GEMM["launch"], "memoryShare": GEMM["memoryShare"]}, 0.1)

    def test_shares_stay_below_one(self):
        rows = [{**row, "seconds": row["seconds"] / 3} for row in gemm_rows(GEMM, "bf16")]
        constants, _ = fit.fit_gemm(rows, "bf16", CHIP)
        self.assertLessEqual(constants["share"], 1)
        self.assertLessEqual(constants["memoryShare"], 1)

    def test_attention(self):
        true = {"forward": 0.61, "backward": 0.5, "widthExponent": 0.4}
        rows = []
        shapes = ((1, 32, 4096, 128), (1, 8, 8192, 128), (2, 16, 2048, 128), (1, 32, 4096, 64))
        for batch, heads, sequence, width in shapes:
            for backward in (False, True):
                seconds = forms.attention_seconds(batch, heads, sequence, width, backward, CHIP, true)
                shape = {"batch": batch, "heads": heads, "sequence": sequence, "width": width}
                rows.append({**shape, "backward": backward, "seconds": float(seconds)})
        self.close(fit.fit_attention(rows, CHIP)[0], true, 0.01)
        wide = [row for row in rows if row["width"] == 128]
        self.assertNotIn("widthExponent", fit.fit_attention(wide, CHIP)[0])

    def test_memory(self):
        rows = [{"bytes": size, "seconds": forms.pointwise_seconds(size, CHIP, 0.83)} for size in (1e7, 1e8, 1e9)]
        self.assertAlmostEqual(fit.fit_pointwise(rows, CHIP)[0], 0.83, places=3)

    def test_links(self):
        switch = {"bandwidth": 450e9, "inSwitchReduction": True}
        constants, report = fit.fit_link(link_rows(LINK, switch), switch, COPY)
        self.close(constants, LINK, 0.05)
        self.assertLess(report["medianError"], 5e-3)

    def test_what_no_measurement_reads_is_left_out(self):
        switch = {"bandwidth": 450e9, "inSwitchReduction": True}
        pair = fit.fit_link(link_rows(LINK, switch, most=2), switch, COPY)[0]
        self.assertNotIn("inSwitchShare", pair)
        self.assertIn("allReduce", pair)


def sample_times():
    """Times made from constants with 2 % noise, in the form that calibrate.py saves."""
    random = np.random.default_rng(7)

    def noisy(rows):
        return [{**row, "seconds": row["seconds"] * float(np.exp(0.02 * random.standard_normal()))} for row in rows]

    attention = []
    for shape in ((1, 32, 4096, 128), (1, 32, 16384, 128), (1, 8, 8192, 128), (1, 32, 8192, 64)):
        for backward in (False, True):
            constants = {"forward": 0.58, "backward": 0.47, "widthExponent": 0.5}
            seconds = float(forms.attention_seconds(*shape, backward, CHIP, constants))
            named = dict(zip(("batch", "heads", "sequence", "width"), shape))
            attention.append({**named, "backward": backward, "seconds": seconds})
    memory = [
        {"kind": kind, "bytes": passes * size, "seconds": forms.pointwise_seconds(passes * size, CHIP, 0.88)}
        for size in (2**26, 2**28)
        for kind, passes in (("copy", 2), ("triad", 3))
    ]
    narrow = {**GEMM, "share": 0.7}
    return {
        "device": "NVIDIA H100 80GB HBM3",
        "title": "made-up times of an H100 (a sample, not measured)",
        "date": "2026-11-23",
        "cores": 132,
        "quick": False,
        "world": 8,
        "local": 8,
        "gemm": {"bf16": noisy(gemm_rows(GEMM, "bf16")), "fp8": noisy(gemm_rows(narrow, "fp8"))},
        "attention": {"flash": noisy(attention)},
        "memory": noisy(memory),
        "launch": 4.8e-6,
        "sustained": {"bf16": {"side": 8192, "cool": 1.42e-3, "steady": 1.66e-3, "loopSeconds": 30}},
        "collectives": noisy(link_rows(LINK, KNOWN["links"]["nvlink4"])),
    }


def sample_profile():
    system_name, system = calibrate.system_of("h100-sxm", KNOWN, None)
    fitted = calibrate.fitted_profile(
        sample_times(), "measured", "h100-sxm", system_name, system, "megatron-core", KNOWN
    )
    return write_profile.render(fitted)


class Sample(unittest.TestCase):
    """sample.yaml is what made-up times give: what the kit writes, and what walltime's own tests load."""

    def test_the_sample_is_what_the_kit_writes(self):
        mine, shipped = sample_profile(), SAMPLE.read_text()
        figure = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.-])")
        self.assertEqual(figure.sub("#", mine), figure.sub("#", shipped))
        for a, b in zip(figure.findall(mine), figure.findall(shipped)):
            self.assertLessEqual(abs(float(a) - float(b)), 0.02 * abs(float(b)) + 0.2)

    def test_devices(self):
        for device, chip in (
            ("NVIDIA H100 80GB HBM3", "h100-sxm"),
            ("NVIDIA H100 PCIe", "h100-pcie"),
            ("NVIDIA H200", "h200-sxm"),
            ("NVIDIA H20", "h20"),
            ("NVIDIA A100-SXM4-40GB", "a100-sxm-40"),
            ("NVIDIA GB200", "gb200"),
            ("AMD Instinct MI300X", "mi300x"),
        ):
            self.assertEqual(calibrate.chip_id(device, KNOWN), chip)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write-sample"]:
        SAMPLE.write_text(sample_profile())
    else:
        unittest.main()
