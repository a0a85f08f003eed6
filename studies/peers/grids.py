"""Dense networks on grids in PyTorch, trained for a time on one thread.

The Fourier neural operator is as in the code of Li et al. (2021), the U-Net as spikeward's `unet`.

Reads a specification as JSON from standard input, and prints the errors as JSON. Arrays are raw float32 beside it.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F

spec = json.load(sys.stdin)
torch.set_num_threads(1)
torch.manual_seed(spec["key"])
grid = spec["grid"]
axes = tuple(range(1, len(grid) + 1))


def read(name):
    values = torch.frombuffer(bytearray(open(f"{spec['folder']}/{name}.f32", "rb").read()), dtype=torch.float32)
    return values


sets = {s: (read(f"{s}-x").view(-1, *grid, 1), read(f"{s}-y")) for s in ("train", "validation", "test")}
# Of a rollout: trajectories [N, steps + 1, …grid, 1], from first fields and [N, …grid, steps].
steps_of_time = spec["steps"]
trajectories = {}
if steps_of_time == 0:
    sets = {s: (x, y.view_as(x)) for s, (x, y) in sets.items()}
else:
    for s, (x, y) in sets.items():
        later = y.view(x.shape[0], *grid, steps_of_time).movedim(-1, 1)
        trajectories[s] = torch.cat([x.movedim(-1, 1), later], 1).unsqueeze(-1)
    fields = trajectories["train"]
    sets["train"] = (fields[:, :-1].flatten(0, 1), (fields[:, 1:] - fields[:, :-1]).flatten(0, 1))
mean, deviation = sets["train"][0].mean(), sets["train"][0].std()
middle, scale = sets["train"][1].mean(), sets["train"][1].std()
places = torch.stack(torch.meshgrid(*[torch.linspace(0, 1, n) for n in grid], indexing="ij"), -1)


def features(x):
    return torch.cat([(x - mean) / deviation, places.expand(x.shape[0], *places.shape)], -1)


class Spectral(torch.nn.Module):
    """F⁻¹(R · F v) of the lowest modes, channels last."""

    def __init__(self, channels, modes):
        super().__init__()
        self.modes = modes
        corners = 2 ** (len(grid) - 1)
        shape = (corners, *[modes] * len(grid), channels, channels)
        self.weight = torch.nn.Parameter(torch.rand(*shape, dtype=torch.cfloat) / channels**2)

    def forward(self, v):
        low, high = slice(None, self.modes), slice(-self.modes, None)
        corners = [(low,)] if len(grid) == 1 else [(low, low), (high, low)]
        v_hat = torch.fft.rfftn(v, dim=axes)
        out = torch.zeros_like(v_hat)
        for weight, corner in zip(self.weight, corners):
            at = (slice(None), *corner)
            out[at] = torch.einsum("b...i,...io->b...o", v_hat[at], weight)
        return torch.fft.irfftn(out, s=grid, dim=axes)


class Fno(torch.nn.Module):
    def __init__(self, channels, modes, layers, projection):
        super().__init__()
        self.lift = torch.nn.Linear(1 + len(grid), channels)
        self.spectral = torch.nn.ModuleList(Spectral(channels, modes) for _ in range(layers))
        self.local = torch.nn.ModuleList(torch.nn.Linear(channels, channels) for _ in range(layers))
        self.project = torch.nn.Linear(channels, projection)
        self.out = torch.nn.Linear(projection, 1)

    def forward(self, x):
        v = self.lift(x)
        for i, (spectral, local) in enumerate(zip(self.spectral, self.local)):
            v = spectral(v) + local(v)
            v = F.gelu(v) if i < len(self.local) - 1 else v
        return self.out(F.gelu(self.project(v))) * scale + middle


CONV = torch.nn.Conv1d if len(grid) == 1 else torch.nn.Conv2d


def kernels(inputs, outputs, kernel, stride=1):
    return CONV(inputs, outputs, kernel, stride, kernel // 2, padding_mode="circular" if spec["periodic"] else "zeros")


class Block(torch.nn.Module):
    """S v + K₂ ∗ σ(K₁ ∗ v)."""

    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.shortcut = CONV(inputs, outputs, 1)
        self.first, self.second = kernels(inputs, outputs, kernel), kernels(outputs, outputs, kernel)

    def forward(self, v):
        return self.shortcut(v) + self.second(F.gelu(self.first(v)))


class Unet(torch.nn.Module):
    """Channels first, as PyTorch's convolutions are."""

    def __init__(self, channels, levels, kernel=3):
        super().__init__()
        self.inputs = 1 if spec["periodic"] else 1 + len(grid)
        widths = [channels * 2**level for level in range(levels + 1)]
        self.down = torch.nn.ModuleList(
            Block(self.inputs if level == 0 else to, to, kernel) for level, to in enumerate(widths)
        )
        self.coarsen = torch.nn.ModuleList(kernels(n, 2 * n, kernel, 2) for n in widths[:-1])
        self.up = torch.nn.ModuleList(Block(3 * n, n, kernel) for n in widths[:-1])
        self.out = CONV(channels, 1, 1)

    def forward(self, x):
        levels = [self.down[0](x[..., : self.inputs].movedim(-1, 1))]
        for coarsen, block in zip(self.coarsen, self.down[1:]):
            levels.append(block(coarsen(levels[-1])))
        w = levels.pop()
        for block, v in zip(reversed(self.up), reversed(levels)):
            fine = F.interpolate(w, scale_factor=2)[(..., *(slice(n) for n in v.shape[2:]))]
            w = block(torch.cat([v, fine], 1))
        return self.out(w).movedim(1, -1) * scale + middle


def relative(found, y):
    return ((found - y).flatten(1).norm(dim=1) / y.flatten(1).norm(dim=1)).mean()


def roll(network, u, steps):
    """Fields after 1, 2, … steps, [N, steps, …grid, 1]."""
    fields = []
    with torch.no_grad():
        for _ in range(steps):
            u = u + torch.cat([network(features(part)) for part in u.split(100)])
            fields.append(u)
    return torch.stack(fields, 1)


def error(network, name):
    found = error_of(network, name)
    return found if math.isfinite(found) else 1e9


def error_of(network, name):
    if steps_of_time > 0:
        fields = trajectories[name]
        return relative(roll(network, fields[:, 0], steps_of_time), fields[:, 1:]).item()
    x, y = sets[name]
    with torch.no_grad():
        return relative(torch.cat([network(features(part)) for part in x.split(100)]), y).item()


def train(rate, seconds):
    """Adam with a cosine schedule on the relative L2 loss, for as many steps as fit into the time after the first ones."""
    torch.manual_seed(spec["key"])
    network = {"fno": Fno, "unet": Unet}[spec["network"]](**spec["sizes"])
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    x, y = features(sets["train"][0]), sets["train"][1]
    start = sets["train"][0] if steps_of_time > 0 else torch.zeros_like(y)

    def step():
        at = torch.randint(x.shape[0], (spec["batch"],))
        optimiser.zero_grad()
        relative(network(x[at]) + start[at], y[at] + start[at]).backward()
        optimiser.step()

    first = 5
    begun = time.perf_counter()
    for _ in range(first):
        step()
    warm = time.perf_counter()
    for _ in range(first):
        step()
    pace = (time.perf_counter() - warm) / first
    steps = max(2 * first, round((seconds - (warm - begun)) / pace) + first)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps - 2 * first + 1)
    for _ in range(steps - 2 * first):
        step()
        schedule.step()
    return network, steps, time.perf_counter() - begun


found = []
for rate in spec["rates"]:
    network, steps, seconds = train(rate, spec["seconds"])
    found.append(
        {
            "rate": rate,
            "steps": steps,
            "seconds": seconds,
            "validation": error(network, "validation"),
            "test": error(network, "test"),
        }
    )
if steps_of_time > 0:
    # For each length of a trajectory [N, …grid, steps].
    all_fields = roll(network, trajectories["test"][:, 0], steps_of_time * spec["horizons"]).squeeze(-1)
    with open(f"{spec['folder']}/rollout.f32", "wb") as file:
        for part in all_fields.split(steps_of_time, 1):
            file.write(part.movedim(1, -1).contiguous().numpy().tobytes())
print(json.dumps({"torch": torch.__version__, "runs": found}))
