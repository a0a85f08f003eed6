"""Steps and trainings of a spiking MLP in PyTorch, in its best eager form, or by the layers of a library on it.

`torch_peer.py specification task [library]`: the specification is a JSON file next to one raw f32 file of tensors, the
library one of torch_layers.py. Prints one JSON line when it is ready: version, threads, BLAS, and the forms with their
times, and with the loss and the directional derivative at the given parameters. Then it answers each line of standard
input. The task `step` answers `n form` with the times of n steps of that form. The task `train` answers `steps key form`
with the result of a whole training from the initial parameters by back-propagation: mini-batches drawn with replacement,
Adam, and a cosine schedule down to `final` times the rate; the seconds of training, and the relative L2 errors on
validation and test points.

Forms of the forward-mode step: dual arithmetic written in tensor operations (whole batch or in chunks that stay in the
cache), the same as one function under `torch.compile`, `torch.autograd.forward_ad` and `torch.func.jvp` under `vmap`;
the last two define the surrogate as the rule of an `autograd.Function`. Forms of back-propagation: autograd through the
steps, eager and under `torch.compile`, and one `autograd.Function` per layer whose reverse loop over time is written by
hand.
"""

import importlib
import json
import math
import sys
import time

import torch

import torch_problem as problem
from torch_dual import compiled_dual, directions, forward_ad, func_jvp, make_dual, spread
from torch_network import backprop, plain_loss, plain_output, scan_loss
from torch_problem import BATCH, COMPILE, DIM, FORWARD, K, OPT, SPEC, TENSORS, flat


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


BY_HAND = set()


def forms():
    if FORWARD:
        found = {f"dual arithmetic, {c} rows at a time": make_dual(c) for c in dict.fromkeys([BATCH, 512, 256]) if c <= BATCH}
        BY_HAND.update(found)
        if COMPILE:
            found["dual arithmetic under torch.compile"] = compiled_dual()
            BY_HAND.add("dual arithmetic under torch.compile")
        found["torch.autograd.forward_ad"] = forward_ad
        found["torch.func.jvp"] = func_jvp
        return found
    found = {"autograd through the steps": backprop(plain_loss)}
    if COMPILE:
        found["autograd under torch.compile"] = backprop(torch.compile(plain_loss))
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
    """The versions of torch, its BLAS, and a library on top of it."""
    own = f"{torch.__version__}, BLAS: {blas()}"
    return own if library is None else f"{getattr(library, '__version__', '')} on torch {own}".strip()


def finite(value):
    """Converts NaN, which JSON lacks, to null."""
    return value if math.isfinite(value) else None


def ready(found, library=None):
    """Checks every form, times a few of its steps, and prints the first line of the protocol."""
    params = flat("")
    given = flat("direction.").unsqueeze(0)
    checks, times, steps = {}, {}, {}
    for name, form in found.items():
        with torch.set_grad_enabled(not FORWARD):
            try:
                if FORWARD:
                    value, along = form(params, given.expand(K, -1))
                    along = along.sum() / K  # layer-wise: the parts of the blocks add up to the whole
                else:
                    value, grad = form(params)
                    along = torch.dot(grad, given[0])
                checks[name] = [float(value), float(along)]
                steps[name] = make_step(form)
                clock(steps[name], 2)
                times[name] = min(clock(steps[name], 3))
            except Exception as error:  # torch.compile raises a dozen exception types of its own
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


def relative_error(params, split):
    """Targets are standardised; the error is that of the original values."""
    x, y = TENSORS[f"{split}.x"], TENSORS[f"{split}.y"].double()
    with torch.no_grad():
        found = torch.cat([plain_output(params, part) for part in x.split(1024)]).double()
    value = found * SPEC["training"]["scale"] + SPEC["training"]["shift"]
    return finite(float((value - y).norm() / y.norm()))


def train(form, steps, key):
    torch.manual_seed(key)
    params, adam = flat("").clone(), Adam()
    first, final = OPT["learningRate"], SPEC["training"]["final"]
    xs, ys = TENSORS["train.x"], TENSORS["train.y"]
    begun = time.perf_counter()
    for step in range(steps):
        index = torch.randint(0, xs.shape[0], (BATCH,))
        problem.X, problem.Y = xs[index], ys[index]
        _, grad = form(params)
        share = final + (1 - final) * 0.5 * (1 + math.cos(math.pi * step / steps))
        adam.update_(params, grad, first * share)
    seconds = time.perf_counter() - begun
    validation, test = relative_error(params, "validation"), relative_error(params, "test")
    return dict(steps=steps, seconds=seconds, validation=validation, relativeL2=test)


def main(task, library=None):
    found = forms() if library is None else importlib.import_module("torch_layers").forms(library)
    steps = ready(found, None if library is None else importlib.import_module(library))
    for line in sys.stdin:
        n, rest = line.strip().split(" ", 1)
        if task == "train":
            key, name = rest.split(" ", 1)
            answer = train(found[name], int(n), int(key))
        else:
            with torch.set_grad_enabled(not FORWARD):
                answer = dict(times=clock(steps[rest], int(n)))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[2:])
