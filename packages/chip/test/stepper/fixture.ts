import type { FloatStepper } from '../../src/index.js'
import { stream } from '../training/fixture.js'

/** A random time-stepper of one hidden layer, and three fields of some channels in [−1, 1). */
export function smallStepper(
  cells: readonly number[],
  kernel: readonly number[],
  edges: FloatStepper['edges'],
  channels = 1,
): { readonly stepper: FloatStepper; readonly fields: Float64Array } {
  const next = stream()
  const many = (n: number, scale: number): Float64Array => Float64Array.from({ length: n }, () => scale * next())
  const size = kernel.reduce((a, b) => a * b, 1)
  const layer = (inputs: number, outputs: number, scale: number) => ({
    ...{ kernel, inputs, outputs, weight: many(size * inputs * outputs, scale), bias: many(outputs, scale / 2) },
    thresholds: many(inputs, 0.005).map((t) => Math.abs(t) + 0.005),
  })
  const layers = [layer(channels, 4, 0.5), layer(4, channels, 0.05)]
  const count = cells.reduce((a, b) => a * b, channels)
  const rest = channels === 1 ? 0.5 : Array.from({ length: channels }, (_, c) => 0.5 - c)
  return { stepper: { cells, edges, layers, leak: 0.5, rest }, fields: many(3 * count, 1) }
}
