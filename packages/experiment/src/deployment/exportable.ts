import { type Coords, type Tensor, type Variables, toCoords } from '@spikeward/core'
import { type Exportable, moduleFile, numpyFile, onnxFile, pageFile } from '@spikeward/export'
import { pointsOf } from '@spikeward/problems'
import type { Experiment } from '../assembly/experiment.js'
import type { RebuiltNetwork } from '../assembly/network/buildNetwork.js'
import { applyOf } from '../assembly/network/rebuildNetwork.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { type HostTensor, encodeSafetensors } from '@spikeward/train'

const rowsOf = (x: Float64Array, axes: number): readonly (readonly number[])[] =>
  Array.from({ length: x.length / axes }, (_, i) => [...x.subarray(i * axes, (i + 1) * axes)])

/** A trained network, and the experiment that it belongs to. */
export type ToExport = {
  readonly config: Pick<TrainConfig, 'problem'>
  readonly experiment: Experiment
  /** With the conditions and the amplitude that belong to its output. Default: that of the experiment. */
  readonly network?: RebuiltNetwork
  readonly variables: Variables
}

/** A trained network as its files hold it, for {@link exportFormats}. */
export function exportable({ config, experiment, network = experiment.network, variables }: ToExport): Exportable {
  const { problem, names, sensors, places } = experiment
  const grid = places?.fixed === true ? places.usual : null
  const apply = applyOf(network)
  const at = (x: Tensor): Coords => (grid === null ? { kind: 'points', x } : toCoords(grid, 'f32'))
  return {
    title: config.problem,
    inputs: names.inputs,
    outputs: names.outputs,
    domain: problem.domain,
    sensors: sensors === null ? null : rowsOf(sensors.x, sensors.axes),
    places: grid === null ? null : rowsOf(pointsOf(grid).x, names.inputs.length),
    apply: (first: Tensor, x?: Tensor) =>
      sensors === null ? apply(variables, null, at(first)) : apply(variables, first, at(x!)),
  }
}

/** A file of a format: `extension` replaces that of the name which the user gave; null keeps the name. */
export type ExportedFile = { readonly extension: string | null; readonly content: string | Uint8Array }

const whole = async (content: Promise<string | Uint8Array>): Promise<readonly ExportedFile[]> => [
  { extension: null, content: await content },
]

const onHost = async ([name, t]: readonly [string, Tensor]): Promise<[string, HostTensor]> => [
  name,
  { dtype: t.dtype, shape: t.shape, data: await t.data() },
]

/** The formats that hold a whole network and need no Spikeward, with the files of each. */
export const exportFormats = {
  module: (network) => whole(moduleFile(network)),
  html: (network) => whole(pageFile(network)),
  onnx: (network) => whole(onnxFile(network)),
  async python(network) {
    const { source, tensors } = numpyFile(network)
    const weights = new Map(await Promise.all([...tensors].map(onHost)))
    return [
      { extension: null, content: source },
      { extension: '.safetensors', content: encodeSafetensors({ tensors: weights, metadata: new Map() }) },
    ]
  },
} satisfies Readonly<Record<string, (network: Exportable) => Promise<readonly ExportedFile[]>>>

/** The name of a format of {@link exportFormats}. */
export type ExportFormat = keyof typeof exportFormats
