"""Measures kernels and collectives with PyTorch. Every function returns plain rows of shapes and seconds."""

import statistics
import time

import torch
import torch.distributed as dist
import torch.nn.functional as F

FP8_MAX = 448
# Bytes that successive calls go through, so that operands come from memory and not from a cache.
SPREAD_BYTES = 256e6
# Time of one burst, and the pause after it: kernels are measured on a cool chip.
BURST_SECONDS = 4e-3
PAUSE_SECONDS = 0.02


class Device:
    """The accelerator, or the processor for a trial run (whose figures mean nothing)."""

    def __init__(self, kind, index=0):
        self.gpu = kind == "cuda"
        self.torch = torch.device(kind, index) if self.gpu else torch.device("cpu")
        if self.gpu:
            torch.cuda.set_device(self.torch)

    def name(self):
        return torch.cuda.get_device_name(self.torch) if self.gpu else "cpu"

    def describe(self):
        if not self.gpu:
            return f"cpu (a trial run), PyTorch {torch.__version__}"
        runtime = f"ROCm {torch.version.hip}" if torch.version.hip else f"CUDA {torch.version.cuda}"
        return f"{self.name()}, PyTorch {torch.__version__}, {runtime}"

    def cores(self):
        return torch.cuda.get_device_properties(self.torch).multi_processor_count if self.gpu else None

    def wait(self):
        if self.gpu:
            torch.cuda.synchronize(self.torch)

    def elapsed(self, run):
        """Seconds of `run` on the device."""
        if not self.gpu:
            begin = time.perf_counter()
            run()
            return time.perf_counter() - begin
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        run()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / 1e3

    def graph(self, run):
        """`run` as a captured graph, so that launches cost the host nothing; as it is where capture fails."""
        if not self.gpu:
            return run
        try:
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                run()
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                run()
            return graph.replay
        except RuntimeError:
            self.wait()
            return run


def seconds_of(device, calls, repeats=5, capture=True):
    """Median seconds of one of `calls`, which do the same work on different memory."""
    for call in calls:
        call()
    device.wait()
    once = device.elapsed(calls[0])
    count = max(len(calls), min(200, int(BURST_SECONDS / max(once, 1e-7))))

    def burst():
        for i in range(count):
            calls[i % len(calls)]()

    run = device.graph(burst) if capture else burst
    run()
    times = []
    for _ in range(repeats):
        device.wait()
        time.sleep(PAUSE_SECONDS)
        times.append(device.elapsed(run) / count)
    return statistics.median(times)


def copies(nbytes):
    return max(1, min(8, int(SPREAD_BYTES / max(nbytes, 1))))


# --- matrix products ---

# Hidden width and the outputs of a layer's products (query-key-value, projection, gate and up, down) as trained.
LAYERS = (
    (4096, (6144, 4096, 28672, None), 14336),
    (8192, (10240, 8192, 57344, None), 28672),
)


def gemm_shapes(quick):
    """(pass, m, n, k): products of a layer forward, and those of its gradients; small and thin ones that show the fixed costs."""
    if quick:
        return [("forward", 64, 128, 64), ("dgrad", 64, 64, 128), ("wgrad", 128, 64, 64), ("forward", 128, 256, 128)] * 3
    products = []
    for hidden, outputs, ffn in LAYERS:
        for degree in (1, 4):
            for output in outputs:
                n, k = (hidden, ffn // degree) if output is None else (output // degree, hidden)
                products += [(tokens, n, k) for tokens in (2048, 8192)]
    products += [(4096, 32064, 4096), (8192, 128256, 4096), (8192, 8192, 8192)]
    shapes = []
    for m, n, k in products:
        shapes += [("forward", m, n, k), ("dgrad", m, k, n), ("wgrad", n, k, m)]
    for side in (128, 256, 512, 1024):
        shapes.append(("forward", side, side, side))
    for m in (16, 64, 128, 256, 512, 1024):
        shapes += [("forward", m, 8192, 8192), ("forward", m, 28672, 4096), ("forward", m, 4096, 14336)]
    for k in (128, 256, 512, 1024):
        shapes.append(("forward", 8192, 8192, k))
    return sorted(set(shapes))


def wide_product(device, dtype, kind, m, n, k):
    """A product in 16 bits, its operands laid out as the pass has them: x·wᵀ, dy·w, dyᵀ·x."""
    make = lambda rows, columns: torch.randn(rows, columns, device=device.torch, dtype=dtype)
    a, b = (make(k, m).t() if kind == "wgrad" else make(m, k)), (make(n, k).t() if kind == "forward" else make(k, n))
    out = torch.empty(m, n, device=device.torch, dtype=dtype)
    return lambda: torch.mm(a, b, out=out)


def eight_bit_type():
    """The 8-bit type of the machine: AMD's first generation has its own."""
    arch = torch.cuda.get_device_properties(0).gcnArchName if torch.version.hip else ""
    return torch.float8_e4m3fnuz if arch.startswith("gfx94") else torch.float8_e4m3fn


def narrow_product(device, m, n, k):
    """A product in 8 bits with one scale a tensor, as training runs it; all passes have this layout."""
    kind = eight_bit_type()
    make = lambda rows, columns: torch.randn(rows, columns, device=device.torch).clamp(-FP8_MAX, FP8_MAX).to(kind)
    a, b = make(m, k), make(n, k).t()
    one = torch.ones((), device=device.torch)
    return lambda: torch._scaled_mm(a, b, scale_a=one, scale_b=one, out_dtype=torch.bfloat16)


def product(device, fmt, kind, m, n, k):
    if fmt == "fp8":
        return narrow_product(device, m, n, k)
    return wide_product(device, {"bf16": torch.bfloat16, "fp16": torch.float16}[fmt], kind, m, n, k)


def measure_gemm(device, fmt, quick, say):
    rows = []
    for kind, m, n, k in gemm_shapes(quick):
        size = (1 if fmt == "fp8" else 2) * (m * k + k * n) + 2 * m * n
        try:
            calls = [product(device, fmt, kind, m, n, k) for _ in range(copies(size))]
            seconds = seconds_of(device, calls)
        except (RuntimeError, AttributeError, NotImplementedError) as error:
            say(f"  {fmt} {kind} {m}x{n}x{k}: left out ({str(error).splitlines()[0][:90]})")
            if fmt == "fp8" and not rows:
                return []
            continue
        rows.append({"pass": kind, "m": m, "n": n, "k": k, "seconds": seconds})
        say(f"  {fmt} {kind:7} {m}x{n}x{k}: {2 * m * n * k / seconds / 1e12:.0f} TFLOP/s")
    return rows


def measure_sustained(device, fmt, seconds, quick, say):
    """Speed of a long loop of one large product over its speed on a cool chip."""
    side = 256 if quick else 8192
    call = product(device, fmt, "forward", side, side, side)
    time.sleep(0 if quick else 5)
    cool = seconds_of(device, [call], capture=False)
    count = max(1, int(0.1 / cool))

    def burst():
        for _ in range(count):
            call()

    samples = []
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        samples.append(device.elapsed(burst) / count)
    steady = statistics.median(samples[len(samples) // 2 :])
    say(f"  {fmt}: a product of {side}³ takes {cool * 1e3:.3f} ms cool, {steady * 1e3:.3f} ms after {seconds:.0f} s")
    return {"side": side, "cool": cool, "steady": steady, "loopSeconds": seconds}


# --- attention ---


def attention_shapes(quick):
    """(batch, heads, sequence, width) of causal attention."""
    if quick:
        return [(1, 2, 256, 64), (1, 2, 128, 128), (1, 4, 128, 128)]
    return [
        *((1, 32, sequence, 128) for sequence in (2048, 4096, 8192, 16384)),
        *((1, 8, sequence, 128) for sequence in (4096, 8192, 32768)),
        *((4, 16, sequence, 128) for sequence in (2048, 4096)),
        *((1, 32, sequence, 64) for sequence in (4096, 8192)),
        (4, 16, 4096, 64),
    ]


def measure_attention(device, backend, quick, say):
    """Rows of one backend of scaled_dot_product_attention, forward and backward; none where it does not run."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    chosen = getattr(SDPBackend, backend, None)
    rows = []
    if chosen is None:
        return rows
    for batch, heads, sequence, width in attention_shapes(quick):
        shape = (batch, heads, sequence, width)
        kind = torch.bfloat16 if device.gpu else torch.float32
        q, k, v = (torch.randn(shape, device=device.torch, dtype=kind, requires_grad=True) for _ in range(3))
        try:
            with sdpa_kernel(chosen):
                attend = lambda: F.scaled_dot_product_attention(q, k, v, is_causal=True)
                out = attend()
                grad = torch.randn_like(out)
                with torch.no_grad():
                    forward = seconds_of(device, [attend])
                back = lambda: torch.autograd.grad(out, (q, k, v), grad, retain_graph=True)
                backward = seconds_of(device, [back], capture=False)
        except RuntimeError as error:
            say(f"  {backend} {shape}: left out ({str(error).splitlines()[0][:90]})")
            if not rows:
                return []
            continue
        base = {"batch": batch, "heads": heads, "sequence": sequence, "width": width}
        rows += [{**base, "backward": False, "seconds": forward}, {**base, "backward": True, "seconds": backward}]
        say(f"  {backend} {shape}: {forward * 1e3:.3f} ms forward, {backward * 1e3:.3f} ms backward")
    return rows


# --- memory and launches ---


def measure_memory(device, quick, say):
    """Copies and triads of large tensors: {kind, bytes moved, seconds}."""
    rows = []
    for elements in (2**16, 2**18) if quick else (2**25, 2**26, 2**27, 2**28):
        a, b, c = (torch.randn(elements, device=device.torch).to(torch.bfloat16) for _ in range(3))
        kinds = {"copy": (lambda: c.copy_(a), 2), "triad": (lambda: torch.add(a, b, alpha=3.0, out=c), 3)}
        for kind, (call, passes) in kinds.items():
            seconds = seconds_of(device, [call])
            moved = passes * 2 * elements
            rows.append({"kind": kind, "bytes": moved, "seconds": seconds})
            say(f"  {kind} of {moved / 1e6:.0f} MB: {moved / seconds / 1e9:.0f} GB/s")
    return rows


def measure_launch(device, say):
    """Host seconds of a kernel in eager PyTorch, forward and backward with autograd on tensors too small to matter."""
    count = 500
    start = torch.ones(8, device=device.torch, requires_grad=True)

    def step():
        x = start
        for _ in range(count):
            x = x * 1.0001
        x.sum().backward()
        start.grad = None

    times = []
    for _ in range(7):
        device.wait()
        begin = time.perf_counter()
        step()
        device.wait()
        times.append((time.perf_counter() - begin) / (2 * count))
    seconds = statistics.median(times[2:])
    say(f"  a launch takes the host {seconds * 1e6:.2f} us")
    return seconds


# --- collectives ---


def collective_call(collective, members, rank, group, size, device):
    """A call of the collective on `size` bytes as walltime counts them, and the bytes themselves (whole elements)."""
    elements = max(members, int(size / 2) // members * members)
    full = torch.zeros(elements, device=device.torch, dtype=torch.bfloat16)
    part = torch.zeros(elements // members, device=device.torch, dtype=torch.bfloat16)
    other = torch.zeros_like(full)
    # Newer versions of PyTorch have other names for the same.
    gather = getattr(dist, "all_gather_single", dist.all_gather_into_tensor)
    scatter = getattr(dist, "reduce_scatter_single", dist.reduce_scatter_tensor)
    calls = {
        "allReduce": lambda: dist.all_reduce(full, group=group),
        "allGather": lambda: gather(full, part, group=group),
        "reduceScatter": lambda: scatter(part, full, group=group),
        "allToAll": lambda: dist.all_to_all_single(other, full, group=group),
        "sendRecv": lambda: dist.send(full, 1) if rank == 0 else dist.recv(full, 0),
    }
    return calls[collective], 2 * elements


def time_collective(call, device, group, small):
    for _ in range(3):
        call()
    device.wait()
    dist.barrier(group=group)
    count = 20 if small else 5

    def burst():
        for _ in range(count):
            call()

    seconds = statistics.median(device.elapsed(burst) / count for _ in range(3))
    slowest = torch.tensor([seconds], device=device.torch, dtype=torch.float64)
    dist.all_reduce(slowest, op=dist.ReduceOp.MAX, group=group)
    return slowest.item()


def measure_collectives(device, ranks, quick, say):
    """Rows of every collective by size on the first 2, 4, 8, … of `ranks`, which lie in one scale-up domain."""
    sizes = [2**16, 2**18] if quick else [2**power for power in range(16, 31, 2)]
    rows = []
    rank = dist.get_rank()
    members = 2
    while members <= len(ranks):
        chosen = ranks[:members]
        group = dist.new_group(chosen)
        if rank in chosen:
            for collective in ("allReduce", "allGather", "reduceScatter", "allToAll", "sendRecv"):
                if collective == "sendRecv" and members > 2:
                    continue
                for size in sizes:
                    try:
                        call, counted = collective_call(collective, members, rank, group, size, device)
                        seconds = time_collective(call, device, group, size < 2**24)
                    except (RuntimeError, NotImplementedError) as error:
                        say(f"  {collective}: left out ({str(error).splitlines()[0][:90]})")
                        break
                    rows.append({"collective": collective, "members": members, "bytes": counted, "seconds": seconds})
                say(f"  {collective} on {members}: {len(sizes)} sizes")
        dist.barrier()
        members *= 2
    return rows


def measure_network(device, local, world, quick, say):
    """Bus bandwidth of a large all-gather between nodes: one rank of each node a group, all groups at once."""
    nodes = world // local
    rank = dist.get_rank()
    groups = [dist.new_group([node * local + i for node in range(nodes)]) for i in range(local)]
    group = groups[rank % local]
    call, counted = collective_call("allGather", nodes, rank, group, 2**20 if quick else 2**29, device)
    seconds = time_collective(call, device, group, False)
    rate = (nodes - 1) / nodes * counted / seconds
    say(f"  all-gather over {nodes} nodes, all ranks at once: {rate / 1e9:.1f} GB/s a rank")
    return {"nodes": nodes, "bytes": counted, "seconds": seconds, "busBandwidth": rate}
