"""Forward mode: dual numbers by hand and as one function, forward_ad, torch.func.jvp, directions and their estimate."""

import torch
import torch.autograd.forward_ad as fwad

import torch_problem as problem
from torch_network import plain_loss
from torch_neuron import slope, times_slope
from torch_problem import BATCH, BETA, BLOCKS, CENTRE, DIM, K, LATE, LAYERS, LAYERWISE, REST, SPEC, T, THETA, views

# ---- forward mode as one function of dual numbers, for torch.compile ----


def dual_function(vector, tangents):
    """Loss and directional derivatives [directions], out of place, every direction through every layer."""
    params, moves = views(vector), views(tangents)
    k = tangents.shape[0]
    drive = problem.X @ params[0] + params[1]
    ddrive = problem.X @ moves[0] + moves[1].unsqueeze(1)
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
            before = (z > 0).float()
            spikes.append(before)
            dspikes.append(du * slope(z))
            if not LATE:
                u = u - THETA * before
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
    residual = drive - problem.Y
    return residual.square().mean(), (ddrive * residual).sum((1, 2)) * (2 / problem.Y.numel())


def compiled_dual():
    """The same under torch.compile, whose compiler takes as long to load as the rest of PyTorch: only a step that compiles loads it."""
    compiled = torch.compile(dual_function)
    return lambda vector, tangents: compiled(vector, block_directions(tangents))


# ---- forward mode by hand: dual numbers in tensor operations, every buffer made once ----


def make_dual(chunk):
    """Loss and directional derivatives [directions]; `chunk` rows of the batch at a time, time outermost."""
    chunks = [(lo, min(lo + chunk, BATCH)) for lo in range(0, BATCH, chunk)]
    # layer l carries the tangents of directions that perturb layers 0 … l
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
        """out = dx W + x dW + db, directions first; with layer-wise directions, those of this layer come last."""
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
            x, y = problem.X[lo:hi], problem.Y[lo:hi]
            bufs = store[n]
            first = bufs[0]
            torch.addmm(params[1], x, params[0], out=first["drive"])
            affine_tangent(0, x, None, params[0], moves[0], moves[1], first["ddrive"])
            for i, b in enumerate(bufs):
                b["u"].copy_(REST[i].expand(n, -1))
                b["du"].zero_()
                if LATE:
                    torch.gt(b["u"], THETA, out=b["s"])
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
                    z = torch.sub(u, THETA, out=b["z"])
                    s = torch.gt(u, THETA, out=b["s"])
                    times_slope(z, du, b["ds"], b["work"])
                    if not LATE:
                        u.sub_(s, alpha=THETA)
                last["total"].add_(last["s"])
                last["dtotal"].add_(last["ds"])
            rate, drate = last["total"].mul_(1 / T).sub_(CENTRE), last["dtotal"].mul_(1 / T)
            residual = torch.addmm(params[-1], rate, params[-2]).sub_(y)
            dprediction = torch.empty(carried[-1], n, y.shape[1])
            affine_tangent(LAYERS - 1, rate, drate, params[-2], moves[-2], moves[-1], dprediction)
            value = value + residual.square().sum()
            along += torch.tensordot(dprediction, residual, dims=2)
        return value / problem.Y.numel(), along.mul_(2 / problem.Y.numel())

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
