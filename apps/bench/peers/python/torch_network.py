"""The plain network, for autograd and forward_ad, and back-propagation through it."""

import torch

import torch_problem as problem
from torch_neuron import Spike, times_slope
from torch_problem import BATCH, BETA, CENTRE, LATE, LAYERS, REST, T, THETA, views


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
                u = u - THETA * before.detach()
            before = Spike.apply(u - THETA)
            if not LATE:
                u = u - THETA * before.detach()
            spikes.append(before)
        weight, bias = params[2 * i + 2], params[2 * i + 3]
        if i < LAYERS - 2:
            drive = torch.stack(spikes) @ weight + bias
        else:
            drive = (sum(spikes[1:], spikes[0]) * (1 / T) - CENTRE) @ weight + bias
    return drive


def plain_loss(vector):
    return (plain_output(vector, problem.X) - problem.Y).square().mean()


# ---- reverse mode ----


class LayerScan(torch.autograd.Function):
    """A layer of neurons over all time steps, with the reverse loop written by hand (reset detached)."""

    @staticmethod
    def forward(ctx, drive, rest):
        # drive [T or 1, B, n] -> spikes [T, B, n]
        steps = drive.shape[0]
        u = rest.expand(drive.shape[1:]).contiguous()
        zs = torch.empty(T, *drive.shape[1:])
        spikes = torch.empty_like(zs)
        before = torch.gt(u, THETA, out=torch.empty_like(u)) if LATE else None
        for t in range(T):
            torch.add(drive[t if steps > 1 else 0], u, alpha=BETA, out=u)
            if LATE:
                u.sub_(before, alpha=THETA)
            torch.sub(u, THETA, out=zs[t])
            before = torch.gt(u, THETA, out=spikes[t])
            if not LATE:
                u.sub_(before, alpha=THETA)
        ctx.save_for_backward(zs)
        ctx.steps = steps
        return spikes

    @staticmethod
    def backward(ctx, grad):
        (zs,) = ctx.saved_tensors
        work = torch.empty_like(zs[0])
        product = torch.empty_like(zs[0])
        carry = torch.zeros_like(zs[0])
        out = torch.zeros_like(zs[:1]) if ctx.steps == 1 else torch.empty_like(zs)
        for t in range(T - 1, -1, -1):
            times_slope(zs[t], grad[t], product, work)
            torch.add(product, carry, alpha=BETA, out=carry)
            if ctx.steps == 1:
                out[0].add_(carry)
            else:
                out[t].copy_(carry)
        return out, None


def scan_loss(vector):
    params = views(vector)
    drive = (problem.X @ params[0] + params[1]).unsqueeze(0)
    for i in range(LAYERS - 1):
        spikes = LayerScan.apply(drive, REST[i])
        weight, bias = params[2 * i + 2], params[2 * i + 3]
        if i < LAYERS - 2:
            drive = torch.addmm(bias, spikes.view(T * BATCH, -1), weight).view(T, BATCH, -1)
        else:
            drive = (spikes.mean(0) - CENTRE) @ weight + bias
    return (drive - problem.Y).square().mean()


def backprop(loss):
    def run(vector):
        leaf = vector.detach().requires_grad_()
        value = loss(leaf)
        (grad,) = torch.autograd.grad(value, leaf)
        return value.detach(), grad

    return run
