"""Times torch.mm: python3 torch_mm.py '{"sizes": [[m, n, k], …], "budgetMs": 200}' prints the least seconds of each size."""

import json
import os
import sys
import time

import torch

options = json.loads(sys.argv[1])
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
found = []
for m, n, k in options["sizes"]:
    a, b, c = torch.rand(m, k) - 0.5, torch.rand(k, n) - 0.5, torch.empty(m, n)
    best = float("inf")
    end = time.perf_counter() + options["budgetMs"] / 1000
    while time.perf_counter() < end:
        begun = time.perf_counter()
        torch.mm(a, b, out=c)
        best = min(best, time.perf_counter() - begun)
    found.append(best)
print(json.dumps(found))
