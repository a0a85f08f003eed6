"""Reads the event files of a run with TensorBoard and compares every number with the history of the run.

    spikeward train poisson-1d --log tensorboard
    python3 packages/train/scripts/compare_tensorboard.py runs/poisson-1d-rfg-key0

Needs the Python package tensorboard (`pip install tensorboard`). Two of its readers read the files: the
EventAccumulator that Python programs use, and the one behind `tensorboard --load_fast=false`. The history is
metrics.jsonl in the folder of the run. An event file holds 32-bit floats, so a number of the history is rounded to 32
bits first; then both must have the same bits, and no step may be missing or additional. Firing rates and tangents are
in the event files alone: they are listed, and must be finite.

Exit codes: 0 if all numbers are the same, 1 if any differs, 2 if there is nothing to compare or no TensorBoard.
"""

import json
import math
import os
import struct
import sys

# The tag of every recorded number: by type of a line of metrics.jsonl, then by its name.
TAGS = {
    "metrics": {
        "loss": "loss/training",
        "stepsPerSecond": "cost/steps per second",
        "forwardEquivalents": "cost/forward passes",
    },
    "validation": {"relativeL2": "error/validation relative L2"},
}


class Unreadable(Exception):
    """There is nothing to compare."""


def load_tensorboard():
    """The version of TensorBoard, and its readers: functions from a folder to {tag: [(step, value)]}."""
    try:
        from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
        from tensorboard.util.tensor_util import make_ndarray
        from tensorboard.version import VERSION
    except ImportError as error:
        raise Unreadable(
            f"this Python ({sys.executable}) cannot import tensorboard: {error}; "
            "run `pip install tensorboard`, or start this script with a Python that has it"
        ) from None

    def program(folder):
        events = event_accumulator.EventAccumulator(folder, size_guidance={"scalars": 0})
        events.Reload()
        return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}

    def server(folder):
        events = plugin_event_accumulator.EventAccumulator(folder, tensor_size_guidance={"scalars": 0})
        events.Reload()
        return {
            tag: [(e.step, make_ndarray(e.tensor_proto).item()) for e in events.Tensors(tag)]
            for tag in events.Tags()["tensors"]
        }

    return VERSION, {"EventAccumulator": program, "server": server}


def as_f32(value):
    """A number of the history as a 32-bit float; JSON holds one that is not finite as null."""
    if value is None:
        return math.nan
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def history(path):
    """The numbers of metrics.jsonl as {tag: {step: value}}; a torn last line is left out."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")[:-1]
    except OSError as error:
        raise Unreadable(f"cannot read {path}: {error.strerror}; name the folder of a run") from None
    numbers = {}
    for line in map(json.loads, lines):
        for name, tag in TAGS.get(line.get("type"), {}).items():
            numbers.setdefault(tag, {})[line["step"]] = as_f32(line[name])
    return numbers


def same(a, b):
    """Whether two numbers are equal, or neither is finite (the history does not tell NaN from infinity)."""
    return a == b or not (math.isfinite(a) or math.isfinite(b))


def differences(expected, read):
    """One line for each tag whose steps or values differ."""
    for tag in sorted(set(expected) | set(TAGS["metrics"].values())):
        want, got = expected.get(tag, {}), read.get(tag, [])
        steps = [step for step, _ in got]
        if steps != sorted(set(steps)):
            yield f"{tag}: its steps do not ascend, or one occurs twice"
        lost, added = sorted(set(want) - set(steps)), sorted(set(steps) - set(want))
        if lost:
            yield f"{tag}: TensorBoard lacks {len(lost)} of {len(want)} steps, the first is {lost[0]}"
        if added:
            yield f"{tag}: TensorBoard has {len(added)} steps that the history lacks, the first is {added[0]}"
        wrong = [(step, value) for step, value in got if step in want and not same(value, want[step])]
        if wrong:
            step, value = wrong[0]
            yield f"{tag}: {len(wrong)} values differ, the first at step {step}: {value!r} is not {want[step]!r}"
    for tag in sorted(set(read) - set(expected)):
        if not all(math.isfinite(value) for _, value in read[tag]):
            yield f"{tag}: a value is not finite"


def main(arguments):
    """Compares one run and returns the exit code."""
    if len(arguments) != 1:
        raise Unreadable("name one folder of a run, such as runs/poisson-1d-rfg-key0")
    run = arguments[0]
    path = os.path.join(run, "metrics.jsonl")
    expected = history(path)
    if not expected:
        raise Unreadable(f"{path} holds no number; train for at least one step")
    folder = os.path.join(run, "tensorboard")
    if not os.path.isdir(folder):
        raise Unreadable(f"{folder} does not exist; train with --log tensorboard")
    version, readers = load_tensorboard()
    wrong = []
    for name, reader in readers.items():
        read = reader(folder)
        for tag, values in sorted(read.items()):
            steps = f"steps {values[0][0]} to {values[-1][0]}" if values else "no steps"
            print(f"{name}: {tag}: {len(values)} values, {steps}{'' if tag in expected else ', not in the history'}")
        wrong += [f"{name}: {line}" for line in differences(expected, read)]
    for line in wrong:
        print(f"differs: {line}", file=sys.stderr)
    if wrong:
        return 1
    compared = sum(len(values) for values in expected.values())
    print(f"TensorBoard {version} read {compared} numbers of {run}; all have the bits of metrics.jsonl as 32-bit floats")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Unreadable as reason:
        print(f"nothing was compared: {reason}", file=sys.stderr)
        sys.exit(2)
