"""Fits the constants of walltime's forms to measured times: robust least squares with numpy alone."""

import numpy as np

import forms

# Log residual at which the loss turns from square to absolute.
LOSS_SCALE = 0.04
# Pull to the start, in log units: only constants that no measurement reads stay where they began.
PRIOR_SPREAD = 1.0
STEP = 1e-4


def fit_constants(predict, seconds, start, most):
    """Positive constants that minimise a smooth absolute loss of log(predicted/measured), by Levenberg-Marquardt.

    predict: function of a dict of constants to an array of seconds; most: upper bound of each constant.
    Returns the constants and the log residuals.
    """
    names = list(start)
    origin = np.log([start[name] for name in names])
    upper = np.log([most[name] for name in names])
    logs = np.log(np.asarray(seconds, float))

    def residuals(theta):
        return np.log(predict(dict(zip(names, np.exp(theta))))) - logs

    def cost(theta, r):
        z = r / LOSS_SCALE
        return 2 * np.sum(np.sqrt(1 + z * z) - 1) + np.sum(((theta - origin) / PRIOR_SPREAD) ** 2)

    theta = np.minimum(origin, upper)
    r = residuals(theta)
    best = cost(theta, r)
    damping = 1e-3
    for _ in range(200):
        columns = [(residuals(theta + STEP * unit) - r) / STEP for unit in np.eye(len(names))]
        jacobian = np.stack(columns, axis=1)
        weight = 1 / (LOSS_SCALE**2 * np.sqrt(1 + (r / LOSS_SCALE) ** 2))
        normal = jacobian.T @ (jacobian * weight[:, None]) + np.eye(len(names)) / PRIOR_SPREAD**2
        gradient = jacobian.T @ (weight * r) + (theta - origin) / PRIOR_SPREAD**2
        gain = 0.0
        for _ in range(10):
            step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), gradient)
            moved = np.minimum(theta - np.clip(step, -1, 1), upper)
            after = residuals(moved)
            value = cost(moved, after)
            if value < best:
                gain, best, theta, r = (best - value) / best, value, moved, after
                damping = max(1e-9, damping / 4)
                break
            damping = max(damping * 6, 1e-6)
        if gain < 1e-9:
            break
    return dict(zip(names, (float(value) for value in np.exp(theta)))), r


def held_out_error(fit, count, folds=5):
    """Median size of the log error on samples that a fit did not see; `fit(train, test)` gives the test's residuals."""
    if count < 2 * folds:
        return None
    fold = np.arange(count) % folds
    errors = [np.abs(fit(fold != f, fold == f)) for f in range(folds)]
    return float(np.median(np.concatenate(errors)))


def _report(r, held):
    return {"samples": int(len(r)), "medianError": float(np.median(np.abs(r))), "heldOutError": held}


GEMM_START = {"share": 0.75, "launch": 4e-6, "memoryShare": 0.7, "kRamp": 100.0, "waveExponent": 0.2}
GEMM_MOST = {"share": 1, "launch": 1e-3, "memoryShare": 1, "kRamp": 1e4, "waveExponent": 2}


def fit_gemm(rows, fmt, chip):
    """Constants of one format from rows {m, n, k, seconds}, and how well they fit."""
    m, n, k, seconds = (np.array([row[key] for row in rows], float) for key in ("m", "n", "k", "seconds"))

    def fit(train):
        def predict(constants):
            return forms.gemm_seconds(m[train], n[train], k[train], fmt, chip, constants)

        return fit_constants(predict, seconds[train], GEMM_START, GEMM_MOST)

    def error(train, test):
        constants, _ = fit(train)
        return np.log(forms.gemm_seconds(m[test], n[test], k[test], fmt, chip, constants) / seconds[test])

    constants, r = fit(np.ones(len(rows), bool))
    return constants, _report(r, held_out_error(error, len(rows)))


def fit_attention(rows, chip):
    """Shares of one attention kernel from rows {batch, heads, sequence, width, backward, seconds}."""
    batch, heads, sequence, width, backward, seconds = (
        np.array([row[key] for row in rows], float)
        for key in ("batch", "heads", "sequence", "width", "backward", "seconds")
    )
    narrow = bool(np.any(width < forms.USUAL_WIDTH))
    start = {"forward": 0.5, "backward": 0.4, **({"widthExponent": 0.4} if narrow else {})}
    most = {"forward": 1, "backward": 1, "widthExponent": 2}

    def predict(constants):
        whole = {"widthExponent": 0.0, **constants}
        return forms.attention_seconds(batch, heads, sequence, width, backward, chip, whole)

    constants, r = fit_constants(predict, seconds, start, most)
    return constants, _report(r, None)


def fit_pointwise(rows, chip):
    """Share of the memory bandwidth from rows {bytes, seconds}."""
    moved, seconds = (np.array([row[key] for row in rows], float) for key in ("bytes", "seconds"))

    def predict(constants):
        return forms.pointwise_seconds(moved, chip, constants["share"])

    constants, r = fit_constants(predict, seconds, {"share": 0.8}, {"share": 1})
    return constants["share"], _report(r, None)


COLLECTIVES = ("allReduce", "allGather", "reduceScatter", "allToAll", "sendRecv")


def fit_link(rows, link, copy_bandwidth):
    """Constants of a switched scale-up link from rows {collective, members, bytes, seconds}.

    The copy of a rank's own part is not fitted: it runs at the measured speed of a copy in memory.
    """
    start = {name: 0.75 for name in COLLECTIVES}
    start |= {"baseLatency": 8e-6, "hopLatency": 1e-6, "allToAllLatency": 8e-6}
    start |= {"chunkBytes": 5e5, "allToAllChunkBytes": 5e5}
    most = {name: 1 for name in COLLECTIVES}
    most |= {"baseLatency": 0.1, "hopLatency": 0.1, "allToAllLatency": 0.1}
    most |= {"chunkBytes": 1e9, "allToAllChunkBytes": 1e9}
    if link["inSwitchReduction"]:
        start["inSwitchShare"], most["inSwitchShare"] = 1.0, 2
    members, size, seconds = (np.array([row[key] for row in rows], float) for key in ("members", "bytes", "seconds"))

    def predict(constants):
        whole = {**constants, "copyBandwidth": copy_bandwidth}
        return np.array(
            [
                forms.collective_seconds(row["collective"], members[i], size[i], link, whole)
                for i, row in enumerate(rows)
            ]
        )

    constants, r = fit_constants(predict, seconds, start, most)
    # What no measurement read is left to the profile that is extended.
    seen = {row["collective"] for row in rows}
    ring = any(row["collective"] == "allReduce" and row["members"] < forms.IN_SWITCH_MEMBERS for row in rows)
    large = any(row["collective"] == "allReduce" and row["members"] >= forms.IN_SWITCH_MEMBERS for row in rows)
    unread = {name for name in COLLECTIVES if name not in seen}
    unread |= set() if ring or not link["inSwitchReduction"] else {"allReduce"}
    unread |= set() if large else {"inSwitchShare"}
    unread |= set() if "allToAll" in seen else {"allToAllLatency", "allToAllChunkBytes"}
    read = {name: value for name, value in constants.items() if name not in unread}
    return {**read, "copyBandwidth": copy_bandwidth}, _report(r, None)
