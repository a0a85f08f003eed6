import { SpikewardError, sizeOf } from '@spikeward/core'
import { doubles, isArray, isGraph, toDoubles } from '../graph/nirData.js'
import type { NirArray, NirGraph, NirNode, NirRecord } from '../graph/nirData.js'
import { stepperKeys as keys } from '../graph/metadata.js'
import { arrayOf } from '../graph/shapes.js'

/**
 * A time-stepper u ← u + N(u) in sigma–delta form, with N convolutions of stride 1 and rectifiers between them:
 * `FloatStepper` of `@spikeward/chip`.
 */
export interface StepperDescription {
  /** One or two axes. */
  readonly cells: readonly number[]
  readonly edges: 'zeros' | 'circular'
  readonly layers: readonly {
    readonly kernel: readonly number[]
    readonly inputs: number
    readonly outputs: number
    /** [k₁ … k_d, inputs, outputs], row-major. */
    readonly weight: ArrayLike<number>
    readonly bias: ArrayLike<number>
    /** The least change of each input channel that is sent; of few-spike units half their range. */
    readonly thresholds: ArrayLike<number>
  }[]
  readonly leak: number
  readonly rest: number | readonly number[]
  /** Steps of a cycle of few-spike units. Default null: sigma–delta units. */
  readonly cycle?: number | null
}

/** The metadata of the units that send the inputs of a layer. */
const unitIn = (cycle: number | null, l: number) => ({
  [keys.unit]: cycle === null ? 'sigmaDelta' : 'fewSpike',
  [keys.activation]: l === 0 ? 'identity' : 'relu',
})

const whole = (...values: readonly number[]): NirArray => ({
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
})

const ends = (type: 'Input' | 'Output', shape: readonly number[]): NirNode => ({
  ...{ type, parameters: { shape: whole(...shape) }, metadata: {} },
})

/** Row-major [a, b, c] as [c, b, a]: weights of the layer and of the standard. */
const reversed = (values: ArrayLike<number>, [a, b, c]: readonly [number, number, number]): Float64Array =>
  Float64Array.from(
    { length: a * b * c },
    (_, i) => values[((i % a) * b + (Math.floor(i / a) % b)) * c + Math.floor(i / (a * b))]!,
  )

const chain = (names: readonly string[]): (readonly [string, string])[] =>
  names.slice(1).map((name, i) => [names[i]!, name] as const)

/**
 * The graph of N: for each layer a threshold of the changes of its inputs, with the kind of its unit in the metadata,
 * and a convolution. Leak, rest and edges are in the metadata of the graph.
 *
 * @throws NIR_LOSSY unless `allowLossy` is set, because other readers run the thresholds as steps; INVALID_OPTION for a
 *   field of more than two axes
 * @example const bytes = await writeNir(stepperToNir(stepper, { allowLossy: true }))
 */
export function stepperToNir(
  { cells, edges, layers, leak, rest, cycle = null }: StepperDescription,
  { allowLossy = false }: { readonly allowLossy?: boolean } = {},
): NirGraph {
  if (cells.length < 1 || cells.length > 2)
    throw new SpikewardError(
      'INVALID_OPTION',
      `stepperToNir: the field has ${cells.length} axes, and the standard has convolutions of one and two; take such a field`,
    )
  if (!allowLossy)
    throw new SpikewardError(
      'NIR_LOSSY',
      'other readers of NIR would run this network differently: its units send changes or digits of values, which the standard lacks; allow it (allowLossy) if only Spikeward reads the file',
    )
  const each = (value: number): NirArray => whole(...cells.map(() => value))
  const nodes = layers.flatMap(({ kernel, inputs, outputs, weight, bias, thresholds }, l): [string, NirNode][] => {
    const count = sizeOf(cells)
    const least = Float64Array.from({ length: inputs * count }, (_, i) => thresholds[Math.floor(i / count)]!)
    return [
      [
        `units_${l}`,
        {
          type: 'Threshold',
          parameters: { threshold: doubles([inputs, ...cells], least) },
          metadata: unitIn(cycle, l),
        },
      ],
      [
        `convolution_${l}`,
        {
          type: `Conv${cells.length}d`,
          parameters: {
            weight: doubles([outputs, inputs, ...kernel], reversed(weight, [sizeOf(kernel), inputs, outputs])),
            ...{ bias: doubles([outputs], bias), input_shape: whole(...cells), padding: 'same' },
            ...{ stride: each(1), dilation: each(1), groups: whole(1) },
          },
          metadata: { [keys.edges]: edges },
        },
      ],
    ]
  })
  const field = [layers[0]?.inputs ?? 1, ...cells]
  const all: [string, NirNode][] = [['input', ends('Input', field)], ...nodes, ['output', ends('Output', field)]]
  const resting = [rest].flat()
  return {
    ...{ type: 'NIRGraph', nodes: Object.fromEntries(all), edges: chain(all.map(([name]) => name)) },
    metadata: {
      ...{ [keys.leak]: doubles([], [leak]), [keys.rest]: doubles([resting.length], resting) },
      ...(cycle === null ? {} : { [keys.cycle]: doubles([], [cycle]) }),
    },
  }
}

const foreign = (why: string): SpikewardError =>
  new SpikewardError(
    'NIR_NOT_A_STEPPER',
    `the graph is not a time-stepper written by stepperToNir: ${why}; write it again, or run it with nirNetwork`,
  )

/** The numbers of an array, or of a scalar. */
function numbersIn(metadata: NirRecord, key: string): readonly [number, ...number[]] {
  const value = metadata[key]
  const [first, ...others] = isArray(value) ? toDoubles(value) : []
  if (first === undefined || ![first, ...others].every(Number.isFinite))
    throw foreign(`its metadata ${key} is no finite number`)
  return [first, ...others]
}

function nodeOf({ nodes }: NirGraph, name: string, types: readonly string[]): NirNode {
  const node = nodes[name]
  if (node === undefined || isGraph(node) || !types.includes(node.type))
    throw foreign(`it has no node '${name}' of type ${types.join(' or ')}`)
  return node
}

/**
 * The time-stepper of a graph that {@link stepperToNir} wrote.
 *
 * @throws NIR_NOT_A_STEPPER; NIR_MALFORMED
 * @example const onChip = quantiseStepper(loihi2, stepperFromNir(await readNir(bytes)), fields)
 */
export function stepperFromNir(graph: NirGraph): StepperDescription {
  const [, ...cells] = toDoubles(arrayOf('input', nodeOf(graph, 'input', ['Input']), 'shape'))
  const cycle = graph.metadata[keys.cycle] === undefined ? null : numbersIn(graph.metadata, keys.cycle)[0]
  const names = ['input']
  const layers: { readonly edges: unknown; readonly layer: StepperDescription['layers'][number] }[] = []
  for (let l = 0; Object.hasOwn(graph.nodes, `units_${l}`); l++) {
    const [own, next] = [`units_${l}`, `convolution_${l}`]
    const [units, convolution] = [nodeOf(graph, own, ['Threshold']), nodeOf(graph, next, ['Conv1d', 'Conv2d'])]
    const weight = arrayOf(next, convolution, 'weight')
    const [outputs = 0, inputs = 0, ...kernel] = weight.shape
    const least = toDoubles(arrayOf(own, units, 'threshold'))
    const thresholds = Float64Array.from({ length: inputs }, (_, c) => least[c * sizeOf(cells)]!)
    if (Object.entries(unitIn(cycle, l)).some(([key, value]) => units.metadata[key] !== value))
      throw foreign(
        `node '${own}' is no ${cycle === null ? 'sigma–delta' : 'few-spike'} unit of the kind that is written there`,
      )
    if (!least.every((t, i) => t === thresholds[Math.floor(i / sizeOf(cells))]))
      throw foreign(`the thresholds of node '${own}' differ within a channel`)
    const layer = {
      ...{ kernel, inputs, outputs, thresholds },
      weight: reversed(toDoubles(weight), [outputs, inputs, sizeOf(kernel)]),
      bias: toDoubles(arrayOf(next, convolution, 'bias')),
    }
    layers.push({ edges: convolution.metadata[keys.edges], layer })
    names.push(own, next)
  }
  const edges = layers[0]?.edges
  if ((edges !== 'zeros' && edges !== 'circular') || layers.some((one) => one.edges !== edges))
    throw foreign('its convolutions do not share edges that are zeros or circular')
  if (JSON.stringify(graph.edges) !== JSON.stringify(chain([...names, 'output'])))
    throw foreign('it is not the chain of its units and convolutions')
  const [[leak], rest] = [numbersIn(graph.metadata, keys.leak), numbersIn(graph.metadata, keys.rest)]
  const few = cycle === null ? {} : { cycle }
  const resting = rest.length === 1 ? rest[0] : rest
  return { cells, edges, layers: layers.map(({ layer }) => layer), leak, rest: resting, ...few }
}
