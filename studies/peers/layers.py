"""Layers on a grid in PyTorch, timed in processor time on one thread, in the faster of its two layouts.

Reads a case as JSON from each line of standard input, and answers with milliseconds of a call.
"""

import json
import sys
import time

import torch

torch.set_num_threads(1)
torch.manual_seed(1)


def convolution(grid, samples, channels, kernel):
    axes = len(grid)
    apply = (torch.nn.functional.conv1d, torch.nn.functional.conv2d)[axes - 1]
    weight = torch.randn(channels, channels, *[kernel] * axes, requires_grad=True)
    layouts = [torch.contiguous_format] + ([torch.channels_last] if axes == 2 else [])
    for layout in layouts:
        x = torch.randn(samples, channels, *grid).contiguous(memory_format=layout).requires_grad_()
        w = weight.detach().contiguous(memory_format=layout).requires_grad_()
        yield x, w, lambda x, w: apply(x, w, padding="same")


def fourier(grid, samples, channels, modes):
    axes = tuple(range(1, len(grid) + 1))
    low, high = slice(None, modes), slice(-modes, None)
    corners = [(low,)] if len(grid) == 1 else [(low, low), (high, low)]
    x = torch.randn(samples, *grid, channels, requires_grad=True)
    w = torch.randn(len(corners), *[modes] * len(grid), channels, channels, dtype=torch.cfloat, requires_grad=True)

    def apply(x, w):
        hat = torch.fft.rfftn(x, dim=axes)
        out = torch.zeros_like(hat)
        for weight, corner in zip(w, corners):
            at = (slice(None), *corner)
            out[at] = torch.einsum("b...i,...io->b...o", hat[at], weight)
        return torch.fft.irfftn(out, s=grid, dim=axes)

    yield x, w, apply


def milliseconds(call, count):
    begun = time.process_time()
    for _ in range(count):
        call()
    return 1000 * (time.process_time() - begun) / count


def timer(case):
    ways = []
    for x, w, apply in (convolution if case["layer"] == "convolution" else fourier)(**case["sizes"]):
        y = apply(x, w)
        ones = torch.ones_like(y)

        def forward(x=x, w=w, apply=apply):
            with torch.no_grad():
                apply(x, w)

        def backward(x=x, w=w, y=y, ones=ones):
            torch.autograd.grad(y, [x, w], ones, retain_graph=True)

        ways.append((forward, backward))
        forward(), backward()
    return ways


cases = {}
for line in sys.stdin:
    case = json.loads(line)
    key = json.dumps(case["case"])
    ways = cases.setdefault(key, timer(case["case"]) if key not in cases else None)
    count = case["calls"]
    found = [min(milliseconds(way[i], count) for way in ways) for i in (0, 1)]
    print(json.dumps({"torch": torch.__version__, "forward": found[0], "backward": found[1]}), flush=True)
