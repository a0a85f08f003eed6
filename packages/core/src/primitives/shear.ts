import { aval, printAval } from '../tensor/aval.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import type { Primitive } from '../program/program.js'
import { isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'
import { embed, linearJvp } from './views.js'

/**
 * Parameters: y[…, i, …, k, …] = x[…, start + step·i + slope·k, …, k, …], with i along `axis`, from 0 to `length` − 1,
 * and k along `along`. `step` is at least 1.
 */
export interface ShearParams {
  readonly axis: number
  readonly along: number
  readonly start: number
  readonly step: number
  readonly slope: number
  readonly length: number
}

/**
 * A slice whose start moves along another axis. Of a tensor that is repeated along that axis, it is a sliding window; a
 * sum over the axis of one with the opposite slope adds overlapping windows. Linear; its transpose is the shear with
 * the opposite slope of the cotangent, with zeros between and around its elements:
 *
 *     x̄[j, k] = Σᵢ ȳ[i, k] [j = start + step·i + slope·k] = z[p + j − start − slope·k, k],   z[p + step·i] = ȳ[i]
 */
export const shearPrimitive: Primitive<ShearParams> = {
  name: 'shear',
  shape([x], { axis, along, start, step, slope, length }) {
    const last = step * (length - 1)
    const far = slope * (x!.shape[along]! - 1)
    const inside = [start, start + last, start + far, start + last + far].every((j) => j >= 0 && j < x!.shape[axis]!)
    if (length > 0 && x!.shape[along]! > 0 && !inside) {
      throw new SpikewardError(
        'OUT_OF_RANGE',
        `shear: start ${start}, step ${step}, slope ${slope} and length ${length} go beyond axis ${axis} of ${printAval(x!)}; take a range inside`,
      )
    }
    return [
      aval(
        x!.shape.map((d, a) => (a === axis ? length : d)),
        x!.dtype,
        x!.binary,
      ),
    ]
  },
  jvp: ([x], [dx], p) => linearJvp(shearPrimitive, x!, dx!, p),
  series: 'linear',
  transpose([ct], [x], { axis, along, start, step, slope, length }) {
    if ('known' in x!) return [null]
    if (isZero(ct!)) return [{ zero: x!.linear }]
    const rows = x!.linear.shape[axis]!
    const far = slope * (x!.linear.shape[along]! - 1)
    const before = start + Math.max(0, far)
    const spread = embed(ct!, {
      shape: ct!.shape.map((d, a) => (a === axis ? rows + Math.abs(far) : d)),
      starts: ct!.shape.map((_, a) => (a === axis ? before : 0)),
      steps: ct!.shape.map((_, a) => (a === axis && length > 1 ? step : 1)),
      fill: 0,
    })
    return [shear(spread, { axis, along, start: before - start, step: 1, slope: -slope, length: rows })]
  },
  batch: (_size, [x], _dims, p) => [[shear(x!, { ...p, axis: p.axis + 1, along: p.along + 1 })], [0]],
  lower: {
    kind: 'view',
    view: (x, { axis, along, start, step, slope }) => ({
      axes: x.shape.map((_, from) =>
        from === axis ? { from, start, step, shear: { along, slope } } : { from, start: 0, step: 1 },
      ),
    }),
  },
}

/** {@link shearPrimitive} as a function. */
export const shear = (x: Tensor, p: ShearParams): Tensor => bind(shearPrimitive, [x], p)[0]!
