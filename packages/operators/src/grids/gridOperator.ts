import { SpikewardError, cast, equal, iota, reshape, zeros } from '@spikeward/core'
import type { Affine, HostCoords, Network, OperatorNetwork, Tensor, Tree, Variables } from '@spikeward/core'
import { type OutputFixed, columnNormaliser, finish, outputMaker } from '../scales/outputScale.js'
import { type GridOptions, type NodeOptions, fieldOfRows } from './gridOptions.js'
import { lengthsOf } from './nodePlaces.js'

/** Parameters of a network on a grid, which ends with the affine map `out`. */
export type GridParams = { readonly out: Affine; readonly [name: string]: Tree }

/** Variables of a network on a grid, with the scale of its outputs. */
export type GridVariables<P extends Tree = Tree> = Variables<P, { readonly output: OutputFixed }>

/** A network on a grid. Least squares gives its last affine map in closed form. */
export interface GridNetwork<P extends Tree> extends OperatorNetwork<GridVariables<P>, Tensor> {
  /** The features of the last affine map [N, points, width]: N with the identity in its place. */
  pointFeatures(variables: GridVariables<P>, f: Tensor): Tensor
}

/**
 * A network on a grid as a network of sensor values, for problems whose sensors and points are the same grid:
 *
 *     u(f) = shift + scale · N((f − m)/s)
 *
 * `encode` computes the whole field, and `decode` returns it: the output is known on the grid alone. A grid with the
 * same numbers of points is taken for its grid; the places are not compared. Of several input functions a row holds one
 * after the other.
 *
 * @param options those of the network, with the grid and the scales
 * @param innerOf N of these options, from [samples, n₁, …, n_d, inputs] to [samples, n₁, …, n_d, outputs]
 * @param nodes the points, if they may be scattered; `grid` is then the number of them
 * @throws SHAPE_MISMATCH for points off the grid, and for functions with another number of sensors
 */
export function gridOperator<O extends GridOptions, P extends GridParams>(
  options: O,
  innerOf: (options: O) => Network<P>,
  nodes: HostCoords | null = null,
): GridNetwork<P> {
  const { grid, inputs, outputs, input, output, dtype } = options
  const inner = innerOf(options)
  const { name } = inner
  const axes = nodes?.kind === 'points' ? nodes.axes : grid.length
  const count = grid.reduce((a, b) => a * b, 1)
  const normalise = columnNormaliser(input)
  const scaleOf = outputMaker(name, outputs, output, dtype)
  const shape = grid.join(' × ')
  const kind = nodes?.kind ?? 'grid'
  const fieldOf = (f: Tensor): Tensor => {
    if (f.ndim === 2 && f.shape[1] === inputs * count) return fieldOfRows(normalise(f), grid, inputs)
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name}: input functions of shape [${f.shape.join(', ')}]; expected [N, ${inputs * count}], the values on the ${kind} of ${shape}`,
    )
  }
  const network: GridNetwork<P> = {
    name,
    axes,
    outputs,
    coordinates: { spikes: false, smoothness: -1 },
    satisfies: [],
    init: (key) => ({ trained: inner.init(key), fixed: { output: scaleOf() } }),
    encode: ({ trained, fixed }, f) => finish(inner.apply(trained, fieldOf(f)), 0, fixed.output),
    pointFeatures({ trained }, f) {
      const { dtype: own, shape: sizes } = trained.out.weight
      const [width] = sizes as [number]
      const weight = cast(equal(iota([width, width], 0, 'i32'), iota([width, width], 1, 'i32')), own)
      const same = { ...trained, out: { weight, bias: zeros([width], own) } }
      return reshape(inner.apply(same, fieldOf(f)), [f.shape[0]!, -1, width])
    },
    decode(_, z, at) {
      const lengths = at.kind === 'grid' ? at.axes.map((x) => x.shape[0]!) : [at.x.shape[0]!]
      if (at.kind === kind && lengths.join() === grid.join()) return z
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `${name}: its output is known on its own ${kind} of ${shape}, and ${at.kind} of ${lengths.join(' × ')} were given; evaluate there, without a choice of points, or take deeponet`,
      )
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
  }
  return network
}

/** A network on the nodes of its options as a network of sensor values. */
export const nodeOperator = <O extends NodeOptions, P extends GridParams>(
  options: O,
  innerOf: (options: O) => Network<P>,
): GridNetwork<P> => gridOperator({ ...options, grid: lengthsOf(options.nodes) }, innerOf, options.nodes)

/** The facts of a network whose input and output are functions on one grid, or on the same nodes. */
export const factsOnGrid = (output: string) => ({ output, learns: 'functions on one grid', separable: false })
