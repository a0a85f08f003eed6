"""Neurons and surrogates: slopes, and the spike as an autograd function."""

import math

import torch

from torch_problem import SPEC

# ---- surrogates: slope(z) = 1 / h(z) if that saves a pass, else the slope itself ----

ALPHA = float(SPEC["surrogate"]["alpha"])
NAME = SPEC["surrogate"]["name"]
ONE = torch.ones(())


def slope(z):
    if NAME == "atan":
        return (ALPHA / 2) / (1 + (math.pi * ALPHA / 2 * z).square())
    if NAME == "fastSigmoid":
        return 1 / (1 + ALPHA * z.abs()).square()
    if NAME == "sigmoid":
        s = torch.sigmoid(ALPHA * z)
        return ALPHA * s * (1 - s)
    if NAME == "triangular":
        return ALPHA * (1 - ALPHA * z.abs()).clamp(min=0)
    raise SystemExit(f"surrogate {NAME} is not written for this peer")


def times_slope(z, du, out, work):
    """out = slope(z) · du; `work` has z's shape and may be overwritten."""
    if NAME == "atan":
        torch.addcmul(ONE * (2 / ALPHA), z, z, value=(math.pi * ALPHA / 2) ** 2 * (2 / ALPHA), out=work)
        return torch.div(du, work, out=out)
    if NAME == "fastSigmoid":
        torch.abs(z, out=work).mul_(ALPHA).add_(1).square_()
        return torch.div(du, work, out=out)
    if NAME == "triangular":
        # du - du α|z|, with |z| clamped to the edge of the support: one pass less than computing the slope and
        # multiplying by it.
        torch.abs(z, out=work).clamp_(max=1 / ALPHA)
        torch.addcmul(du, du, work, value=-ALPHA, out=out)
        return out if ALPHA == 1 else out.mul_(ALPHA)
    return torch.mul(du, slope(z), out=out)


class Spike(torch.autograd.Function):
    """Heaviside with the surrogate slope in forward mode, in reverse mode, and under vmap."""

    generate_vmap_rule = True

    @staticmethod
    def forward(z):
        return (z > 0).float()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])
        ctx.save_for_forward(inputs[0])

    @staticmethod
    def backward(ctx, grad):
        return grad * slope(ctx.saved_tensors[0])

    @staticmethod
    def jvp(ctx, tangent):
        return tangent * slope(ctx.saved_tensors[0])
