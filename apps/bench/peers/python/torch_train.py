"""Trains the network of a specification in PyTorch by back-propagation, for comparison.

Uses the forms of torch_step.py with the same checks and timing. Then, for every line `steps key form` on standard
input, it runs a whole training from the initial parameters: mini-batches drawn with replacement, Adam, and a cosine
schedule down to `final` times the rate. It answers with the seconds of training and the relative L2 errors on
validation and test points.
"""

import json
import math
import sys
import time

import torch

import torch_problem as problem
import torch_step as s
from torch_network import plain_output

TRAIN = problem.SPEC["training"]
XS, YS = problem.TENSORS["train.x"], problem.TENSORS["train.y"]


def relative_error(params, split):
    """Targets are standardised; the error is that of the original values."""
    x, y = problem.TENSORS[f"{split}.x"], problem.TENSORS[f"{split}.y"].double()
    with torch.no_grad():
        found = torch.cat([plain_output(params, part) for part in x.split(1024)]).double()
    value = found * TRAIN["scale"] + TRAIN["shift"]
    return float((value - y).norm() / y.norm())


def train(form, steps, key):
    torch.manual_seed(key)
    params, adam = problem.flat("").clone(), s.Adam()
    first, final = problem.OPT["learningRate"], TRAIN["final"]
    batch = problem.BATCH
    begun = time.perf_counter()
    for step in range(steps):
        index = torch.randint(0, XS.shape[0], (batch,))
        problem.X, problem.Y = XS[index], YS[index]
        _, grad = form(params)
        share = final + (1 - final) * 0.5 * (1 + math.cos(math.pi * step / steps))
        adam.update_(params, grad, first * share)
    seconds = time.perf_counter() - begun
    errors = {split: s.finite(relative_error(params, split)) for split in ("validation", "test")}
    return dict(steps=steps, seconds=seconds, validation=errors["validation"], relativeL2=errors["test"])


def serve(forms):
    """The rest of the protocol: each line `steps key form` is answered by the result of that training."""
    for line in sys.stdin:
        steps, key, name = line.strip().split(" ", 2)
        print(json.dumps(train(forms[name], int(steps), int(key))), flush=True)


if __name__ == "__main__":
    found = s.forms()
    s.ready(found)
    serve(found)
