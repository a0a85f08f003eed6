"""One training step of a spiking MLP in PyTorch, in its best eager form, for comparison.

Started with the path of a specification (JSON beside one raw f32 file of tensors). Prints one JSON line when it is
ready: version, threads, BLAS, the loss and the directional derivative at the given parameters, and the forms tried
with their times. Then, for every line `n form` on standard input, runs n steps of that form and prints their times.

Forms of the forward-mode step: plain dual arithmetic written in tensor operations (whole batch or in chunks that stay
in the cache), the same as one function under `torch.compile`, `torch.autograd.forward_ad` and `torch.func.jvp` under
`vmap`, the last two with the surrogate as the rule of an `autograd.Function`. Forms of back-propagation: autograd
through the steps, eager and under `torch.compile`, and one `autograd.Function` a layer whose backward loop over time is
written by hand.
"""

import json
import math
import sys
import time

import torch
import torch.autograd.forward_ad as fwad

SPEC = json.load(open(sys.argv[1]))
torch.set_num_threads(SPEC["threads"])
torch.manual_seed(0)
torch.set_flush_denormal(True)
T = SPEC["time"]
NEURON = SPEC["neuron"]
BETA, THETA = NEURON["beta"], NEURON["threshold"]
RESET, DETACH = NEURON["reset"], NEURON["detached"]
# A delayed soft reset takes the threshold off after the leak; a delayed hard reset is the immediate one.
LATE = RESET == "subtract" and NEURON["delayed"] and BETA != 1
K = SPEC["directions"]
LAYERWISE = SPEC["scope"] == "layerwise"
OPT = SPEC["optimizer"]
COMPILE = SPEC["compile"]


def load():
    raw = torch.frombuffer(bytearray(open(SPEC["tensors"]["file"], "rb").read()), dtype=torch.float32)
    found = {}
    for name, entry in SPEC["tensors"]["entries"].items():
        size = math.prod(entry["shape"])
        found[name] = raw[entry["offset"] : entry["offset"] + size].reshape(entry["shape"]).clone()
    return found


TENSORS = load()
LAYERS = len(SPEC["widths"]) - 1
X, Y = TENSORS["x"], TENSORS["y"]
BATCH = X.shape[0]
CENTRE = TENSORS["centre"]
REST = [TENSORS[f"rest.{i}"] for i in range(LAYERS - 1)]
SHAPES = []
for i in range(LAYERS):
    SHAPES += [tuple(TENSORS[f"layers.{i}.weight"].shape), tuple(TENSORS[f"layers.{i}.bias"].shape)]
SIZES = [math.prod(s) for s in SHAPES]
DIM = sum(SIZES)
ENDS = [sum(SIZES[: i + 1]) for i in range(len(SIZES))]
BLOCKS = [(ENDS[2 * i] - SIZES[2 * i], ENDS[2 * i + 1]) for i in range(LAYERS)]


def flat(prefix):
    parts = []
    for i in range(LAYERS):
        parts += [TENSORS[f"{prefix}layers.{i}.weight"].flatten(), TENSORS[f"{prefix}layers.{i}.bias"].flatten()]
    return torch.cat(parts)


def views(vector):
    """The weight and bias of every layer as views of one vector [..., d]."""
    lead = vector.shape[:-1]
    return [vector[..., end - size : end].view(*lead, *shape) for shape, size, end in zip(SHAPES, SIZES, ENDS)]


# ---- surrogates: slope(z) = 1 / h(z) where that saves a pass, else the slope itself ----

ALPHA = SPEC["surrogate"]["alpha"]
NAME = SPEC["surrogate"]["name"]
ONE = torch.ones(())


def slope(z):
    if NAME == "atan":
        return (ALPHA / 2) / (1 + (math.pi * ALPHA / 2 * z).square())
    if NAME == "fastSigmoid":
        return 1 / (1 + ALPHA * z.abs()).square()
    if NAME == "sigmoid":
        s = torch.sigmoid(ALPHA * z)
        return ALPHA * s * (1 - s)
    if NAME == "triangular":
        return ALPHA * (1 - ALPHA * z.abs()).clamp(min=0)
    raise SystemExit(f"surrogate {NAME} is not written for this peer")


def times_slope(z, du, out, work):
    """out = slope(z) · du; `work` has z's shape and may be overwritten."""
    if NAME == "atan":
        torch.addcmul(ONE * (2 / ALPHA), z, z, value=(math.pi * ALPHA / 2) ** 2 * (2 / ALPHA), out=work)
        return torch.div(du, work, out=out)
    if NAME == "fastSigmoid":
        torch.abs(z, out=work).mul_(ALPHA).add_(1).square_()
        return torch.div(du, work, out=out)
    if NAME == "triangular":
        # du - du α|z|, |z| held at the edge of the support: one pass less than the slope and then its product.
        torch.abs(z, out=work).clamp_(max=1 / ALPHA)
        torch.addcmul(du, du, work, value=-ALPHA, out=out)
        return out if ALPHA == 1 else out.mul_(ALPHA)
    return torch.mul(du, slope(z), out=out)


class Spike(torch.autograd.Function):
    """Heaviside with the surrogate slope in forward mode, in reverse mode, and under vmap."""

    generate_vmap_rule = True

    @staticmethod
    def forward(z):
        return (z >= 0).float() if NEURON["inclusive"] else (z > 0).float()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])
        ctx.save_for_forward(inputs[0])

    @staticmethod
    def backward(ctx, grad):
        return grad * slope(ctx.saved_tensors[0])

    @staticmethod
    def jvp(ctx, tangent):
        return tangent * slope(ctx.saved_tensors[0])


def fire(u, out):
    return torch.ge(u, THETA, out=out) if NEURON["inclusive"] else torch.gt(u, THETA, out=out)


def reset_(u, s):
    if RESET == "subtract":
        u.sub_(s, alpha=THETA)
    elif RESET == "zero":
        u.mul_(1 - s)


# ---- the network, plainly, for autograd and forward_ad ----


def plain_output(vector, x):
    params = views(vector)
    drive = x @ params[0] + params[1]
    for i in range(LAYERS - 1):
        u = REST[i].expand(x.shape[0], -1)
        spikes = []
        before = Spike.apply(u - THETA) if LATE else None
        for t in range(T):
            u = BETA * u + (drive if i == 0 else drive[t])
            if LATE:
                u = u - THETA * (before.detach() if DETACH else before)
            s = Spike.apply(u - THETA)
            before = s
            r = s.detach() if DETACH else s
            if LATE:
                pass
            elif RESET == "subtract":
                u = u - THETA * r
            elif RESET == "zero":
                u = u * (1 - r)
            spikes.append(s)
        weight, bias = params[2 * i + 2], params[2 * i + 3]
        if i < LAYERS - 2:
            drive = torch.stack(spikes) @ weight + bias
        else:
            total = spikes[0]
            for s in spikes[1:]:
                total = total + s
            drive = (total * (1 / T) - CENTRE) @ weight + bias
    return drive


def plain_loss(vector):
    return (plain_output(vector, X) - Y).square().mean()


# ---- forward mode as one function of dual numbers, for torch.compile ----


def dual_function(vector, tangents):
    """Loss and directional derivatives [directions], out of place, every direction through every layer."""
    params, moves = views(vector), views(tangents)
    k = tangents.shape[0]
    drive = X @ params[0] + params[1]
    ddrive = X @ moves[0] + moves[1].unsqueeze(1)
    for i in range(LAYERS - 1):
        u = REST[i].expand(BATCH, -1)
        du = torch.zeros(k, *u.shape)
        spikes, dspikes = [], []
        before = (u > THETA).float() if LATE else None
        for t in range(T):
            u = BETA * u + (drive if i == 0 else drive[t])
            du = BETA * du + (ddrive if i == 0 else ddrive[:, t])
            if LATE:
                u = u - THETA * before
            z = u - THETA
            s = (z >= 0).float() if NEURON["inclusive"] else (z > 0).float()
            spikes.append(s)
            dspikes.append(du * slope(z))
            before = s
            if not LATE and RESET == "subtract":
                u = u - THETA * s
            elif RESET == "zero":
                u, du = u * (1 - s), du * (1 - s)
        weight, bias, dweight, dbias = params[2 * i + 2], params[2 * i + 3], moves[2 * i + 2], moves[2 * i + 3]
        if i < LAYERS - 2:
            s, ds = torch.stack(spikes), torch.stack(dspikes, 1)
            drive = s @ weight + bias
            old = (ds.reshape(-1, ds.shape[-1]) @ weight).view(*ds.shape[:-1], -1)
            ddrive = old + s @ dweight.unsqueeze(1) + dbias.view(k, 1, 1, -1)
        else:
            s, ds = sum(spikes) * (1 / T) - CENTRE, sum(dspikes) * (1 / T)
            drive = s @ weight + bias
            ddrive = ds @ weight + s @ dweight + dbias.unsqueeze(1)
    residual = drive - Y
    return residual.square().mean(), (ddrive * residual).sum((1, 2)) * (2 / Y.numel())


def compiled_dual(vector, tangents):
    return COMPILED_DUAL(vector, block_directions(tangents))


COMPILED_DUAL = torch.compile(dual_function)


# ---- forward mode by hand: dual numbers in tensor operations, every buffer made once ----


def make_dual(chunk):
    """Loss and directional derivatives [directions]; `chunk` rows of the batch at a time, time outermost."""
    chunks = [(lo, min(lo + chunk, BATCH)) for lo in range(0, BATCH, chunk)]
    # layer l carries the tangents of directions that touch layers 0 … l
    carried = [K * (i + 1) if LAYERWISE else K for i in range(LAYERS)]
    rows = min(chunk, BATCH)
    widths = SPEC["widths"]

    def buffers(n):
        hidden = []
        for i in range(LAYERS - 1):
            w, k = widths[i + 1], carried[i]
            make = torch.empty
            hidden.append(
                dict(
                    u=make(n, w), z=make(n, w), s=make(n, w), work=make(n, w), drive=make(n, w), total=make(n, w),
                    du=make(k, n, w), ds=make(k, n, w), ddrive=make(k, n, w), dtotal=make(k, n, w),
                )
            )
        return hidden

    store = {n: buffers(n) for n in {hi - lo for lo, hi in chunks}}

    def affine_tangent(i, x, dx, weight, dweight, dbias, out):
        """out = dx W + x dW + db, directions first; fresh directions of this layer stand last when layer-wise."""
        old = 0 if dx is None else dx.shape[0]
        if LAYERWISE:
            if old:
                torch.mm(dx.reshape(-1, dx.shape[-1]), weight, out=out[:old].view(-1, out.shape[-1]))
            for j in range(K):
                torch.addmm(dbias[j], x, dweight[j], out=out[old + j])
        else:
            for j in range(K):
                torch.addmm(dbias[j], x, dweight[j], out=out[j])
            if old:
                out.view(-1, out.shape[-1]).addmm_(dx.reshape(-1, dx.shape[-1]), weight)

    def run(vector, tangents):
        params, moves = views(vector), views(tangents)
        value = 0.0
        along = torch.zeros(carried[-1])
        for lo, hi in chunks:
            n = hi - lo
            x, y = X[lo:hi], Y[lo:hi]
            bufs = store[n]
            first = bufs[0]
            torch.addmm(params[1], x, params[0], out=first["drive"])
            affine_tangent(0, x, None, params[0], moves[0], moves[1], first["ddrive"])
            for i, b in enumerate(bufs):
                b["u"].copy_(REST[i].expand(n, -1))
                b["du"].zero_()
                if LATE:
                    fire(b["u"], b["s"])
                    b["ds"].zero_()
            last = bufs[-1]
            last["total"].zero_()
            last["dtotal"].zero_()
            for _ in range(T):
                for i, b in enumerate(bufs):
                    if i > 0:
                        before = bufs[i - 1]
                        torch.addmm(params[2 * i + 1], before["s"], params[2 * i], out=b["drive"])
                        affine_tangent(i, before["s"], before["ds"], params[2 * i], moves[2 * i], moves[2 * i + 1], b["ddrive"])
                    u, du = b["u"], b["du"]
                    if BETA == 1:
                        u.add_(b["drive"])
                        du.add_(b["ddrive"])
                    else:
                        torch.add(b["drive"], u, alpha=BETA, out=u)
                        torch.add(b["ddrive"], du, alpha=BETA, out=du)
                    if LATE:
                        u.sub_(b["s"], alpha=THETA)
                        if not DETACH:
                            du.sub_(b["ds"], alpha=THETA)
                    z = torch.sub(u, THETA, out=b["z"])
                    s = fire(u, b["s"])
                    ds = times_slope(z, du, b["ds"], b["work"])
                    if LATE:
                        continue
                    if not DETACH:
                        if RESET == "subtract":
                            du.sub_(ds, alpha=THETA)
                        elif RESET == "zero":
                            du.mul_(1 - s).sub_(u * ds)
                    elif RESET == "zero":
                        du.mul_(1 - s)
                    reset_(u, s)
                last["total"].add_(last["s"])
                last["dtotal"].add_(last["ds"])
            rate, drate = last["total"].mul_(1 / T).sub_(CENTRE), last["dtotal"].mul_(1 / T)
            residual = torch.addmm(params[-1], rate, params[-2]).sub_(y)
            dprediction = torch.empty(carried[-1], n, y.shape[1])
            affine_tangent(LAYERS - 1, rate, drate, params[-2], moves[-2], moves[-1], dprediction)
            value = value + residual.square().sum()
            along += torch.tensordot(dprediction, residual, dims=2)
        return value / Y.numel(), along.mul_(2 / Y.numel())

    return run


def directions():
    shape = (K, DIM)
    name = SPEC["distribution"]
    if name == "rademacher":
        return torch.randint(0, 2, shape).float().mul_(2).sub_(1)
    return torch.randn(shape)


def spread(along, tangents):
    """The estimate: mean over directions of (g·v) v; per block when layer-wise."""
    if not LAYERWISE:
        return torch.mv(tangents.t(), along.view(-1)).mul_(1 / K)
    grad = torch.empty(DIM)
    for i, (lo, hi) in enumerate(BLOCKS):
        torch.mv(tangents[:, lo:hi].t(), along[K * i : K * (i + 1)], out=grad[lo:hi])
    return grad.mul_(1 / K)


def forward_ad(vector, tangents):
    values, along = None, []
    for v in block_directions(tangents):
        with fwad.dual_level():
            out = plain_loss(fwad.make_dual(vector, v))
            value, d = fwad.unpack_dual(out)
            values, along = value, along + [d]
    return values, torch.stack(along)


def func_jvp(vector, tangents):
    value, along = torch.func.vmap(lambda v: torch.func.jvp(plain_loss, (vector,), (v,)), out_dims=(None, 0))(
        block_directions(tangents)
    )
    return value, along


def block_directions(tangents):
    if not LAYERWISE:
        return tangents
    out = torch.zeros(LAYERS * K, DIM)
    for i, (lo, hi) in enumerate(BLOCKS):
        out[K * i : K * (i + 1), lo:hi] = tangents[:, lo:hi]
    return out


# ---- reverse mode ----


class LayerScan(torch.autograd.Function):
    """A layer of neurons over all its steps, backward loop by hand (reset detached)."""

    @staticmethod
    def forward(ctx, drive, rest):
        # drive [T or 1, B, n] -> spikes [T, B, n]
        steps = drive.shape[0]
        u = rest.expand(drive.shape[1:]).contiguous()
        zs = torch.empty(T, *drive.shape[1:])
        spikes = torch.empty_like(zs)
        before = fire(u, torch.empty_like(u)) if LATE else None
        for t in range(T):
            torch.add(drive[t if steps > 1 else 0], u, alpha=BETA, out=u)
            if LATE:
                u.sub_(before, alpha=THETA)
            torch.sub(u, THETA, out=zs[t])
            before = fire(u, spikes[t])
            if not LATE:
                reset_(u, before)
        ctx.save_for_backward(zs, spikes)
        ctx.steps = steps
        return spikes

    @staticmethod
    def backward(ctx, grad):
        zs, spikes = ctx.saved_tensors
        work = torch.empty_like(zs[0])
        product = torch.empty_like(zs[0])
        carry = torch.zeros_like(zs[0])
        out = torch.zeros_like(zs[:1]) if ctx.steps == 1 else torch.empty_like(zs)
        for t in range(T - 1, -1, -1):
            if RESET == "zero":
                carry.mul_(1 - spikes[t])
            times_slope(zs[t], grad[t], product, work)
            torch.add(product, carry, alpha=BETA, out=carry)
            if ctx.steps == 1:
                out[0].add_(carry)
            else:
                out[t].copy_(carry)
        return out, None


def scan_loss(vector):
    params = views(vector)
    drive = (X @ params[0] + params[1]).unsqueeze(0)
    for i in range(LAYERS - 1):
        spikes = LayerScan.apply(drive, REST[i])
        weight, bias = params[2 * i + 2], params[2 * i + 3]
        if i < LAYERS - 2:
            drive = torch.addmm(bias, spikes.view(T * BATCH, -1), weight).view(T, BATCH, -1)
        else:
            drive = (spikes.mean(0) - CENTRE) @ weight + bias
    return (drive - Y).square().mean()


def backprop(loss):
    def run(vector):
        leaf = vector.detach().requires_grad_()
        value = loss(leaf)
        (grad,) = torch.autograd.grad(value, leaf)
        return value.detach(), grad

    return run


# ---- the step ----


class Adam:
    def __init__(self):
        self.count = 0
        self.m, self.v = torch.zeros(DIM), torch.zeros(DIM)
        self.work = torch.empty(DIM)

    def update_(self, params, grad, rate=OPT["learningRate"]):
        self.count += 1
        b1, b2 = OPT["b1"], OPT["b2"]
        self.m.mul_(b1).add_(grad, alpha=1 - b1)
        self.v.mul_(b2).addcmul_(grad, grad, value=1 - b2)
        scale = math.sqrt(1 - b2**self.count)
        torch.sqrt(self.v, out=self.work).add_(OPT["eps"] * scale)
        params.addcdiv_(self.m, self.work, value=-rate * scale / (1 - b1**self.count))


FORWARD = SPEC["estimator"] == "rfg"


BY_HAND = set()


def forms():
    if FORWARD:
        found = {f"dual arithmetic, {c} rows at a time": make_dual(c) for c in dict.fromkeys([BATCH, 512, 256]) if c <= BATCH}
        BY_HAND.update(found)
        if DETACH and COMPILE:
            found["dual arithmetic under torch.compile"] = compiled_dual
            BY_HAND.add("dual arithmetic under torch.compile")
        found["torch.autograd.forward_ad"] = forward_ad
        found["torch.func.jvp"] = func_jvp
        return found
    found = {
        "autograd through the steps": backprop(plain_loss),
    }
    if COMPILE:
        found["autograd under torch.compile"] = backprop(torch.compile(plain_loss))
    if DETACH:
        found["a backward loop by hand"] = backprop(scan_loss)
        BY_HAND.add("a backward loop by hand")
    return found


def make_step(form):
    params, adam = flat("").clone(), Adam()

    def step():
        if FORWARD:
            tangents = directions()
            value, along = form(params, tangents)
            grad = spread(along, tangents)
        else:
            value, grad = form(params)
        adam.update_(params, grad)
        return value

    return step


def clock(step, n):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def blas():
    try:
        maps = open("/proc/self/maps").read()
    except OSError:
        return "unknown"
    for name in ("openblas", "mkl", "blis", "atlas"):
        if name in maps:
            return name
    return "reference BLAS" if "libblas" in maps else "built in"


def version(library):
    """Of torch and its BLAS, and of a library on top of it."""
    own = f"{torch.__version__}, BLAS: {blas()}"
    return own if library is None else f"{getattr(library, '__version__', '')} on torch {own}".strip()


def finite(value):
    """JSON has no NaN: null stands for it."""
    return value if math.isfinite(value) else None


def ready(found, library=None):
    """Checks every form, times a few steps of it, and says so: the first line of the protocol."""
    params = flat("")
    given = flat("direction.").unsqueeze(0)
    checks, times, steps = {}, {}, {}
    for name, form in found.items():
        with torch.set_grad_enabled(not FORWARD):
            try:
                if FORWARD:
                    value, along = form(params, given.expand(K, -1))
                    along = along.sum() / K  # layer-wise: the blocks' parts add up to the whole
                else:
                    value, grad = form(params)
                    along = torch.dot(grad, given[0])
                checks[name] = [float(value), float(along)]
                steps[name] = make_step(form)
                clock(steps[name], 2)
                times[name] = min(clock(steps[name], 3))
            except Exception as error:  # torch.compile has a dozen kinds of its own
                print(f"torch: form '{name}' does not run: {type(error).__name__}: {error}"[:500], file=sys.stderr)
    print(
        json.dumps(
            dict(
                ready=True,
                version=version(library),
                threads=torch.get_num_threads(),
                forms=[
                    dict(
                        name=name,
                        ms=times[name],
                        loss=finite(checks[name][0]),
                        along=finite(checks[name][1]),
                        byHand=name in BY_HAND,
                    )
                    for name in times
                ],
            )
        ),
        flush=True,
    )
    return steps


def serve(steps):
    """The rest of the protocol: `n form` on a line, their times on the next."""
    for line in sys.stdin:
        n, name = line.strip().split(" ", 1)
        with torch.set_grad_enabled(not FORWARD):
            print(json.dumps(dict(times=clock(steps[name], int(n)))), flush=True)


if __name__ == "__main__":
    serve(ready(forms()))
