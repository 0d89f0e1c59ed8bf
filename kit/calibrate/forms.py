"""The forms in which walltime states kernel and collective times (packages/core/src/step/kernels.ts, collectives.ts).

All in SI units; arrays of numpy broadcast. The repository's tests hold these against walltime's own.
"""

import numpy as np

TILES = ((128, 256), (256, 128))
ROOFLINE_NORM = 4
RESULT_BYTES = 2
ELEMENT_BYTES = {"bf16": 2, "fp16": 2, "fp8": 1}

QUERY_TILE = 128
USUAL_WIDTH = 128
FORWARD_FLOPS_PER_WIDTH = 4
BACKWARD_FLOPS_PER_WIDTH = 10
# Keys of work beside those in sight, and the part of the longest tile that is waited for: the same on all chips.
EXTRA_KEYS = 245
TAIL = 0.5

POINTWISE_LAUNCH = 3e-6

# Members from which the switch adds, and the hops it takes for each doubling of the group.
IN_SWITCH_MEMBERS = 5
IN_SWITCH_HOPS = 14 / 3


def wave_factor(m, n, cores):
    """Time in whole waves of whole tiles over the time with every core busy, the better of two tiles."""
    factors = []
    for rows, columns in TILES:
        tiles = np.ceil(m / rows) * np.ceil(n / columns)
        factors.append(np.ceil(tiles / cores) * cores * rows * columns / (m * n))
    return np.minimum(*factors)


def gemm_seconds(m, n, k, fmt, chip, constants):
    """Seconds of a matrix product of m by k and k by n."""
    waves = wave_factor(m, n, chip["cores"]) ** constants["waveExponent"]
    compute = 2 * m * n * k * (1 + constants["kRamp"] / k) * waves / (chip["peakFlops"][fmt] * constants["share"])
    moved = ELEMENT_BYTES[fmt] * (m * k + k * n) + RESULT_BYTES * m * n
    memory = moved / (chip["memoryBandwidth"] * constants["memoryShare"])
    return constants["launch"] + (compute**ROOFLINE_NORM + memory**ROOFLINE_NORM) ** (1 / ROOFLINE_NORM)


def attention_seconds(batch, heads, sequence, width, backward, chip, constants):
    """Seconds of causal fused attention on whole sequences."""
    per_pair = np.where(backward, BACKWARD_FLOPS_PER_WIDTH, FORWARD_FLOPS_PER_WIDTH) * width
    share = np.where(backward, constants["backward"], constants["forward"])
    share = share * np.minimum(1, width / USUAL_WIDTH) ** constants["widthExponent"]
    rows = batch * heads * sequence
    beside = rows * (QUERY_TILE / 2 + EXTRA_KEYS) + TAIL * chip["cores"] * QUERY_TILE * sequence
    return (rows * sequence / 2 + beside) * per_pair / (chip["peakFlops"]["bf16"] * share)


def pointwise_seconds(moved, chip, share):
    """Seconds of a kernel that only moves bytes."""
    return moved / (chip["memoryBandwidth"] * share) + POINTWISE_LAUNCH


def collective_seconds(collective, members, size, link, constants):
    """Seconds of a collective inside one switched domain; `size` as walltime counts it.

    The gathered buffer of an all-gather, the buffer before a reduce-scatter, the reduced buffer, what a rank sends in an
    all-to-all, a message.
    """
    rate = link["bandwidth"]
    if collective == "sendRecv":
        return constants["baseLatency"] + size / (rate * constants["sendRecv"])
    sent = (members - 1) / members * size
    copy = size / members / constants["copyBandwidth"]
    start, chunk = constants["baseLatency"], constants["chunkBytes"]
    steps = members - 1
    wire = sent / (rate * constants[collective])
    if collective == "allReduce":
        wire, steps = 2 * wire, 2 * steps
        if link["inSwitchReduction"] and members >= IN_SWITCH_MEMBERS:
            wire = 2 * sent / (rate * constants["inSwitchShare"])
            steps = IN_SWITCH_HOPS * np.log2(members)
    elif collective == "allToAll":
        start, chunk, steps = constants["allToAllLatency"], constants["allToAllChunkBytes"], np.log2(members)
    wire = wire + copy
    held = steps * chunk / (rate * constants["allGather"])
    return start + steps * constants["hopLatency"] + wire + held * wire / (held + wire)
