"""One training step of a spiking MLP in PyTorch, in its best eager form, for comparison.

Started with the path of a specification (a JSON file next to one raw f32 file of tensors). Prints one JSON line when it
is ready: version, threads, BLAS, the loss and the directional derivative at the given parameters, and the forms with
their times. Then, for every line `n form` on standard input, it runs n steps of that form and prints their times.

Forms of the forward-mode step: dual arithmetic written in tensor operations (whole batch or in chunks that stay in the
cache), the same as one function under `torch.compile`, `torch.autograd.forward_ad` and `torch.func.jvp` under `vmap`;
the last two define the surrogate as the rule of an `autograd.Function`. Forms of back-propagation: autograd through the
steps, eager and under `torch.compile`, and one `autograd.Function` per layer whose reverse loop over time is written by
hand.
"""


import json
import math
import sys
import time

import torch

from torch_dual import compiled_dual, directions, forward_ad, func_jvp, make_dual, spread
from torch_network import backprop, plain_loss, scan_loss
from torch_problem import BATCH, COMPILE, DETACH, DIM, K, OPT, SPEC, flat

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
            found["dual arithmetic under torch.compile"] = compiled_dual()
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


def serve(steps):
    """The rest of the protocol: each line `n form` is answered by the times of n steps."""
    for line in sys.stdin:
        n, name = line.strip().split(" ", 1)
        with torch.set_grad_enabled(not FORWARD):
            print(json.dumps(dict(times=clock(steps[name], int(n)))), flush=True)


if __name__ == "__main__":
    serve(ready(forms()))
