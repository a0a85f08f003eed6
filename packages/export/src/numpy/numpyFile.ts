/** A network as one Python file that needs NumPy, and its weights. */
import type { Tensor } from '@spikeward/core'
import { type Exportable, factsOf, inputsOf } from '../exportable.js'
import { writeOpen } from '../program/openProgram.js'
import { numpyOf } from './numpyOf.js'

/** A Python file and the tensors that it reads from the safetensors file beside it, by name. */
export type NumpyFile = { readonly source: string; readonly tensors: ReadonlyMap<string, Tensor> }

const helpers: Readonly<Record<string, string>> = {
  erf: `def erf(x):
    import math
    return np.vectorize(math.erf)(x).astype(x.dtype)
`,
  shear: `def shear(x, axis, along, start, step, slope, length):
    at = start + step * np.arange(length)
    parts = np.split(x, x.shape[along], along)
    return np.concatenate([part.take(at + slope * k, axis) for k, part in enumerate(parts)], along)
`,
}

const ofPoints = `def predict(rows):
    """The outputs at rows, an array-like of [n, inputs]: an array of [n, outputs]."""
    x = _table(rows, len(network["inputs"]), "row")
    with np.errstate(all="ignore"):
        return _run(len(x), x, _weights).reshape(len(x), -1)
`

const ofFunctions = (onGrid: boolean): string => `def predict(input${onGrid ? '' : ', points'}):
    """The outputs of input functions [m, sensors]${onGrid ? '' : ' at points [n, inputs]'}: an array of [m, n, outputs]; of one function [sensors], of [n, outputs]."""
    one = np.ndim(input) == 1
    u = _table([input] if one else input, len(network["sensors"]), "input function")
${onGrid ? '    n = len(network["points"])' : '    x = _table(points, len(network["inputs"]), "point")\n    n = len(x)'}
    with np.errstate(all="ignore"):
        y = _run(len(u), ${onGrid ? 'u' : 'n, u, x'}, _weights).reshape(len(u), n, -1)
    return y[0] if one else y
`

/** JSON as Python's `json` reads it from a string of the source. */
const literal = (value: unknown): string => JSON.stringify(JSON.stringify(value))

/**
 * The Python of a network: `predict` and the facts `network`. It reads the file of its own name that ends in
 * `.safetensors`.
 *
 * @throws EXPORT_PRIMITIVE, EXPORT_ROWS
 */
export function numpyFile(exported: Exportable): NumpyFile {
  const { written, constants } = writeOpen(exported.apply, inputsOf(exported), numpyOf)
  const { title, sensors, places } = exported
  const used = Object.entries(helpers).flatMap(([name, text]) => (written.includes(` = ${name}(`) ? [text] : []))
  const source = `"""The network that learned ${title.replaceAll('\\', '/').replaceAll('"', "'")}, written by Spikeward. It needs NumPy and the weights beside it.

    from network import predict, network  # network: the names of inputs and outputs, and the domain of each input
    ${sensors === null ? 'predict([[…, …]])' : `predict(input, ${places === null ? 'points' : ''})`}

Numbers are computed in 32 bits, as the command does; sums may round in another order.
"""
import json
from pathlib import Path

import numpy as np

network = json.loads(${literal(factsOf(exported))})
f = np.float32


def _read(path):
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    types = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "U32": "<u4", "BOOL": "?"}
    found = {}
    for name, entry in json.loads(data[8:end]).items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            found[name] = np.frombuffer(data[end + first : end + last], types[entry["dtype"]]).reshape(entry["shape"])
    return [found[f"c{i}"] for i in range(len(found))]


_weights = _read(Path(__file__).with_suffix(".safetensors"))


def _table(rows, width, what):
    x = np.asarray(rows, np.float32)
    if x.ndim == 1 and width == 1:
        x = x[:, None]
    if x.ndim != 2 or x.shape[1] != width or len(x) == 0:
        raise ValueError(f"expected at least one {what} of {width} numbers; found an array of shape {x.shape}")
    return x


${[...used, written, sensors === null ? ofPoints : ofFunctions(places !== null)].join('\n\n')}`
  return { source, tensors: new Map(constants.map((t, i) => [`c${i}`, t])) }
}
