/** Records the neurons of a run's network, for figures and for the diagnosis of a run. */
import { jit, tensor } from '@spikeward/core'
import type { Coords, LayerRecord, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import type { Variables } from '@spikeward/train'

/** Inputs at which neurons are recorded: one of a set, or several that are spread over it. */
export type Samples = { readonly sample: number } | { readonly samples: number }

/** A hidden layer over time; both arrays are [time, samples, neurons], row-major. */
export type RecordedLayer = {
  readonly name: string
  readonly time: number
  readonly samples: number
  readonly neurons: number
  readonly spikes: Float32Array
  /** Null for neurons without a membrane. */
  readonly membranes: Float32Array | null
}

/** Records the neurons for fixed inputs. Compiled once, for many calls. */
export type NeuronRecorder = {
  record(variables: Variables): Promise<readonly RecordedLayer[]>
  dispose(): void
}

/** A part of a network with neurons: its name, an input for them, and their record at it. */
type Part = {
  readonly name: string
  readonly input: Tensor
  record(variables: Variables, input: Tensor): readonly LayerRecord[]
}

/** Evenly spaced rows of a row-major array, `count` of them if there are as many. */
export function spacedRows(values: Float64Array, width: number, count: number): Float64Array {
  const rows = values.length / width
  const taken = Math.min(count, rows)
  const out = new Float64Array(taken * width)
  for (let i = 0; i < taken; i++) {
    const row = Math.floor(((i + 0.5) * rows) / taken)
    out.set(values.subarray(row * width, (row + 1) * width), i * width)
  }
  return out
}

/** The requested row, or rows spread over all of them. */
export const pickRows = (values: Float64Array, width: number, asked: Samples): Float64Array =>
  'sample' in asked
    ? values.slice(asked.sample * width, (asked.sample + 1) * width)
    : spacedRows(values, width, asked.samples)

const rowsOf = (values: Float64Array, width: number): Tensor =>
  tensor(values, { dtype: 'f32', shape: [values.length / width, width] })

const floats = async (t: Tensor): Promise<Float32Array> => new Float32Array(await t.data())

async function read(name: string, { spikes, membranes }: LayerRecord): Promise<RecordedLayer> {
  const [time = 0, samples = 0, neurons = 0] = spikes.shape
  const seen = 'shape' in membranes ? membranes : null
  const layer = { name, time, samples, neurons, spikes: await floats(spikes), membranes: seen && (await floats(seen)) }
  spikes.dispose()
  seen?.dispose()
  return layer
}

/** A recorder of parts; null if none of them has neurons. */
function recorderOf(parts: readonly Part[]): NeuronRecorder | null {
  if (parts.length === 0) return null
  const compiled = parts.map((part) =>
    jit((variables: Variables, input: Tensor): readonly LayerRecord[] => part.record(variables, input)),
  )
  return {
    async record(variables) {
      const layers: RecordedLayer[] = []
      for (const [p, part] of parts.entries()) {
        const found = compiled[p]!(variables, part.input)
        for (const [l, layer] of found.entries()) layers.push(await read(`${part.name}layer ${l + 1}`, layer))
      }
      return layers
    },
    dispose() {
      for (const one of compiled) one.dispose()
      for (const { input } of parts) input.dispose()
    },
  }
}

/** The hidden layers of a network of points, at rows of `inputs` values. */
export function pointRecorder(
  network: { record?(variables: Variables, x: Tensor): readonly LayerRecord[] },
  x: Float64Array,
  inputs: number,
): NeuronRecorder | null {
  const { record } = network
  if (record === undefined) return null
  return recorderOf([{ name: '', input: rowsOf(x, inputs), record: (v, at) => record(v, at) }])
}

/** Branch and trunks of an operator network, for rows of sensor values and rows of coordinates. */
export function operatorRecorder<F extends Tensor | null>(
  network: OperatorNetwork<Variables, Tree, F>,
  functions: { readonly rows: Float64Array; readonly sensors: number } | null,
  points: { readonly rows: Float64Array; readonly axes: number },
): NeuronRecorder | null {
  const branches = (network.encoders ?? []).flatMap(({ record }) => (record === undefined ? [] : [record]))
  const trunks = (network.decoders ?? network.raw?.decoders ?? []).flatMap(({ record }) =>
    record === undefined ? [] : [record],
  )
  const nameOf = (i: number): string => (trunks.length === 1 ? 'trunk, ' : `trunk ${i + 1}, `)
  return recorderOf([
    ...(functions === null
      ? []
      : branches.map((record, i) => ({
          name: branches.length === 1 ? 'branch, ' : `branch ${i + 1}, `,
          input: rowsOf(functions.rows, functions.sensors),
          record: (v: Variables, f: Tensor) => record(v, f as F),
        }))),
    ...trunks.map((record, i) => ({
      name: functions === null && trunks.length === 1 ? '' : nameOf(i),
      input: rowsOf(points.rows, points.axes),
      record: (v: Variables, x: Tensor) => record(v, { kind: 'points', x } satisfies Coords),
    })),
  ])
}
