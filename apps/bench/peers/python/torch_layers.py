"""The step of torch_peer.py in snnTorch or SpikingJelly, by their own layers and surrogates.

The libraries implement surrogates as reverse-mode hooks, which forward mode cannot differentiate, so back-propagation is
the only form.
"""

import json
import sys

import torch

import torch_problem as problem
from torch_network import backprop
from torch_neuron import ALPHA, NAME

def refuse(why):
    print(json.dumps(dict(ready=False, reason=why)), flush=True)
    sys.exit(0)


def chosen(slopes):
    if NAME not in slopes:
        refuse(f"surrogate {NAME} is not written for this library")
    return slopes[NAME]()


def snntorch_layers():
    import snntorch
    from snntorch import surrogate

    slopes = dict(atan=lambda: surrogate.atan(alpha=ALPHA), sigmoid=lambda: surrogate.sigmoid(slope=ALPHA))
    slope = chosen(slopes)
    cell = snntorch.Leaky(beta=problem.BETA, threshold=problem.THETA, spike_grad=slope, reset_mechanism="subtract")

    def layer(drive, rest):
        u = rest.expand(problem.BATCH, -1)
        spikes = []
        for t in range(problem.T):
            out, u = cell(drive[t if drive.shape[0] > 1 else 0], u)
            spikes.append(out)
        return torch.stack(spikes)

    return layer


def spikingjelly_layers():
    from spikingjelly.activation_based import functional, neuron, surrogate

    slopes = dict(atan=lambda: surrogate.ATan(alpha=ALPHA), sigmoid=lambda: surrogate.Sigmoid(alpha=ALPHA))
    if problem.BETA != 1:
        refuse("spikingjelly is used with IFNode here: a membrane without leak")
    node = neuron.IFNode(
        v_threshold=problem.THETA,
        v_reset=None,
        surrogate_function=chosen(slopes),
        detach_reset=True,
        step_mode="m",
    )

    def layer(drive, rest):
        functional.reset_net(node)
        node.v = rest.expand(problem.BATCH, -1).clone()
        return node(drive if drive.shape[0] > 1 else drive.expand(problem.T, -1, -1))

    return layer


def forms(library):
    """Returns the only form of a step; if there is none, reports the reason and exits."""
    if problem.FORWARD:
        refuse(f"{library}: its surrogates are reverse-mode hooks, so there is no forward mode through its spikes")
    layer = dict(snntorch=snntorch_layers, spikingjelly=spikingjelly_layers)[library]()

    def loss(vector):
        params = problem.views(vector)
        drive = (problem.X @ params[0] + params[1]).unsqueeze(0)
        for i in range(problem.LAYERS - 1):
            spikes = layer(drive, problem.REST[i])
            if i < problem.LAYERS - 2:
                drive = spikes @ params[2 * i + 2] + params[2 * i + 3]
        return ((spikes.mean(0) - problem.CENTRE) @ params[-2] + params[-1] - problem.Y).square().mean()

    return {"its own layers and autograd": backprop(loss)}
