/** Records the neurons of a run's network, for figures and for the diagnosis of a run. */
import { jit, neuronsOf, tensor } from '@spikeward/core'
import type { LayerRecord, Network, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { type Variables, memberOf } from '@spikeward/train'

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

export type NeuronRecorder = { record(variables: Variables): Promise<readonly RecordedLayer[]>; dispose(): void }

/** Records the first member of an ensemble. */
export const ofFirst = (members: number | null, { record, dispose }: NeuronRecorder): NeuronRecorder => ({
  record: (variables) => record(members === null ? variables : memberOf(variables, 0)),
  dispose,
})

/** Evenly spaced rows of a row-major array, `count` of them if there are as many. */
export function spacedRows(values: Float64Array, width: number, count: number): Float64Array {
  const rows = values.length / width
  const first = Math.min(count, rows)
  const out = new Float64Array(first * width)
  for (let i = 0; i < first; i++) {
    const row = Math.floor(((i + 0.5) * rows) / first)
    out.set(values.subarray(row * width, (row + 1) * width), i * width)
  }
  return out
}

export const pickRows = (values: Float64Array, width: number, which: Samples): Float64Array =>
  'sample' in which
    ? values.slice(which.sample * width, (which.sample + 1) * width)
    : spacedRows(values, width, which.samples)

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

/**
 * Reads recorded layers from the backend and frees them there; of a layer that is evaluated again, the first
 * evaluation.
 */
export async function readLayers(layers: Readonly<Record<string, LayerRecord>>): Promise<readonly RecordedLayer[]> {
  const records: RecordedLayer[] = []
  for (const [path, layer] of Object.entries(layers)) {
    const recorded = await read(nameOf(path), layer)
    if (!path.includes('#')) records.push(recorded)
  }
  return records
}

function recorderOf(
  run: (variables: Variables, inputs: readonly Tensor[]) => Tree,
  inputs: readonly Tensor[],
): NeuronRecorder {
  const compiled = jit(({ trained, fixed }: Variables, at: readonly Tensor[]) =>
    neuronsOf((p: Tree) => run({ trained: p, fixed }, at))(trained),
  )
  return {
    record: (variables) => readLayers(compiled(variables, inputs)),
    dispose() {
      compiled.dispose()
      for (const input of inputs) input.dispose()
    },
  }
}

/** The name of a layer from the path of its weight: `trunk 2, layer 1` for `trunks.1.layers.0.weight`. */
export function nameOf(path: string): string {
  const parts = path.split('.').filter((part) => !['network', 'block', 'weight'].includes(part))
  return parts
    .flatMap((part, i) => {
      if (/^\d+$/.test(part)) return []
      const number = parts[i + 1]
      return number !== undefined && /^\d+$/.test(number)
        ? [`${part.replace(/(?<=ch)es$|s$/, '')} ${Number(number) + 1}`]
        : [part]
    })
    .join(', ')
}

export const pointRecorder = (
  network: Pick<Network<Variables>, 'apply'>,
  x: Float64Array,
  inputs: number,
): NeuronRecorder => recorderOf((variables, [at]) => network.apply(variables, at!), [rowsOf(x, inputs)])

/** The hidden layers of an operator network, for rows of sensor values and rows of coordinates. */
export function operatorRecorder<F extends Tensor | null>(
  network: OperatorNetwork<Variables, Tree, F>,
  functions: { readonly rows: Float64Array; readonly sensors: number } | null,
  points: { readonly rows: Float64Array; readonly axes: number } | null,
): NeuronRecorder {
  const rows = [
    ...(functions === null ? [] : [rowsOf(functions.rows, functions.sensors)]),
    ...(points === null ? [] : [rowsOf(points.rows, points.axes)]),
  ]
  return recorderOf((variables, inputs) => {
    const z = network.encode(variables, (functions === null ? null : inputs[0]!) as F)
    return points === null ? z : network.decode(variables, z, { kind: 'points', x: inputs.at(-1)! })
  }, rows)
}
