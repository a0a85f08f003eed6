"""One training step of a spiking MLP in snnTorch or SpikingJelly, by their own layers and surrogates, for comparison.

`torch_layers_step.py specification library`; the protocol is that of torch_step.py, and so are points, parameters,
initial membranes, Adam and the check of loss and derivative. Their surrogates are hooks of reverse mode, which forward
mode cannot cross, so that back-propagation is the only step there is.
"""

import importlib
import json
import sys

import torch

import torch_step as s

LIBRARY = sys.argv[2]


def refuse(why):
    print(json.dumps(dict(ready=False, reason=why)), flush=True)
    sys.exit(0)


def snntorch_layers():
    import snntorch
    from snntorch import surrogate

    slopes = dict(atan=lambda: surrogate.atan(alpha=s.ALPHA), sigmoid=lambda: surrogate.sigmoid(slope=s.ALPHA))
    if s.NAME not in slopes:
        refuse(f"surrogate {s.NAME} is not written for {LIBRARY}")
    if s.RESET != "subtract" or not s.NEURON["delayed"]:
        refuse(f"snntorch.Leaky is asked for a delayed soft reset here, not for {s.RESET}")
    cell = snntorch.Leaky(beta=s.BETA, threshold=s.THETA, spike_grad=slopes[s.NAME](), reset_mechanism="subtract")

    def layer(drive, rest):
        u = rest.expand(s.BATCH, -1)
        spikes = []
        for t in range(s.T):
            out, u = cell(drive[t if drive.shape[0] > 1 else 0], u)
            spikes.append(out)
        return torch.stack(spikes)

    return layer


def spikingjelly_layers():
    from spikingjelly.activation_based import functional, neuron, surrogate

    slopes = dict(atan=lambda: surrogate.ATan(alpha=s.ALPHA), sigmoid=lambda: surrogate.Sigmoid(alpha=s.ALPHA))
    if s.NAME not in slopes:
        refuse(f"surrogate {s.NAME} is not written for {LIBRARY}")
    if s.BETA != 1 or s.RESET not in ("subtract", "zero"):
        refuse("spikingjelly is taken with IFNode here: a membrane that does not leak, and a reset")
    node = neuron.IFNode(
        v_threshold=s.THETA,
        v_reset=None if s.RESET == "subtract" else 0.0,
        surrogate_function=slopes[s.NAME](),
        detach_reset=s.DETACH,
        step_mode="m",
    )

    def layer(drive, rest):
        functional.reset_net(node)
        node.v = rest.expand(s.BATCH, -1).clone()
        return node(drive if drive.shape[0] > 1 else drive.expand(s.T, -1, -1))

    return layer


def forms():
    """Its one form of a step; says why not, and ends, where there is none."""
    if s.FORWARD:
        refuse(f"{LIBRARY}: its surrogates are hooks of reverse mode; there is no forward mode through its spikes")
    layer = dict(snntorch=snntorch_layers, spikingjelly=spikingjelly_layers)[LIBRARY]()

    def loss(vector):
        params = s.views(vector)
        drive = (s.X @ params[0] + params[1]).unsqueeze(0)
        for i in range(s.LAYERS - 1):
            spikes = layer(drive, s.REST[i])
            if i < s.LAYERS - 2:
                drive = spikes @ params[2 * i + 2] + params[2 * i + 3]
        return ((spikes.mean(0) - s.CENTRE) @ params[-2] + params[-1] - s.Y).square().mean()

    return {"its own layers and autograd": s.backprop(loss)}


def ready(found):
    """The first line of the protocol."""
    return s.ready(found, importlib.import_module(LIBRARY))


if __name__ == "__main__":
    s.serve(ready(forms()))
