"""The problem of a step: its specification, points, parameters and initial membranes, and the estimator."""

import json
import math
import sys

import torch

SPEC = json.load(open(sys.argv[1]))
torch.set_num_threads(SPEC["threads"])
torch.manual_seed(0)
torch.set_flush_denormal(True)
T = SPEC["time"]
# Some libraries accept only floats as thresholds.
BETA, THETA = float(SPEC["neuron"]["beta"]), float(SPEC["neuron"]["threshold"])
# The reset is soft, detached and delayed: it subtracts the threshold after the leak.
LATE = BETA != 1
K = SPEC["directions"]
LAYERWISE = SPEC["scope"] == "layerwise"
FORWARD = SPEC["estimator"] == "rfg"
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
NAMES = [f"layers.{i}.{name}" for i in range(LAYERS) for name in ("weight", "bias")]
SHAPES = [tuple(TENSORS[name].shape) for name in NAMES]
SIZES = [math.prod(s) for s in SHAPES]
DIM = sum(SIZES)
ENDS = [sum(SIZES[: i + 1]) for i in range(len(SIZES))]
BLOCKS = [(ENDS[2 * i] - SIZES[2 * i], ENDS[2 * i + 1]) for i in range(LAYERS)]


def flat(prefix):
    return torch.cat([TENSORS[prefix + name].flatten() for name in NAMES])


def views(vector):
    """The weight and bias of every layer as views of one vector [..., d]."""
    lead = vector.shape[:-1]
    return [vector[..., end - size : end].view(*lead, *shape) for shape, size, end in zip(SHAPES, SIZES, ENDS)]
