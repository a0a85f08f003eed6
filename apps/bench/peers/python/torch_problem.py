"""The problem of a step: its specification, points, parameters and initial membranes, in the form that torch_step.py receives."""

import json
import math
import sys

import torch

SPEC = json.load(open(sys.argv[1]))
torch.set_num_threads(SPEC["threads"])
torch.manual_seed(0)
torch.set_flush_denormal(True)
T = SPEC["time"]
NEURON = SPEC["neuron"]
# Some libraries accept only floats as thresholds.
BETA, THETA = float(NEURON["beta"]), float(NEURON["threshold"])
RESET, DETACH = NEURON["reset"], NEURON["detached"]
# A delayed soft reset subtracts the threshold after the leak; a delayed hard reset equals the immediate one.
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
