import {
  add,
  cos,
  div,
  key,
  mean,
  mul,
  normal,
  reshape,
  scan,
  sin,
  square,
  stack,
  sub,
  sum,
  tensor,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Loss, Network, Tensor, Tree } from '@spikeward/core'
import { lossParts } from '@spikeward/core'
import { adaptive, convolutional, fourier, mesh, residual, sensors } from '../src/index.js'

/** A network and a small task: inputs and targets of its shapes, for any number of time steps. */
export interface Row {
  readonly name: string
  /** Whether the loss reads every time step, which rates do not. */
  readonly everyStep: boolean
  /** Whether weights join the time steps, through which rates pass no error. */
  readonly recurrent: boolean
  readonly steps: number
  network(steps: number): Network
  task(steps: number): { readonly x: Tensor; readonly y: Tensor }
}

/** The recurrent network, which also runs step by step. */
export const recurrent = adaptive({ inputs: 2, neurons: 16, outputs: 1 })

const row = <P extends Tree>(
  steps: number,
  network: (steps: number) => Network<P>,
  x: (steps: number) => Tensor,
  target: (x: Tensor) => Tensor,
  everyStep = false,
): Row => ({
  name: network(1).name,
  steps,
  network: (n) => network(n),
  task(n) {
    const inputs = x(n)
    return { x: inputs, y: target(inputs) }
  },
  everyStep,
  recurrent: network(1).name.startsWith(recurrent.name),
})

const nodes = 6
const ring = Array.from({ length: nodes }, (_, i) => i)
const graph = {
  from: tensor([...ring, ...ring], { dtype: 'i32' }),
  to: tensor([...ring.map((i) => (i + 1) % nodes), ...ring.map((i) => (i + nodes - 1) % nodes)], { dtype: 'i32' }),
  nodes,
}

/** sin(0.3 t + n + phase), [steps, 6 samples, phases]. */
const wave = (steps: number, phases: readonly number[]): Tensor =>
  tensor(
    Array.from({ length: steps }, (_, t) =>
      Array.from({ length: 6 }, (_, n) => phases.map((phase) => Math.sin(0.3 * t + n + phase))),
    ),
  )

/** The recurrent network under inputs [samples, 2] that are held for all steps, read as the mean of its outputs. */
const held = (steps: number): Network<ReturnType<typeof recurrent.init>> => ({
  name: 'adaptive, mean',
  init: recurrent.init,
  apply(p, x) {
    const rest = [recurrent.rest(x.shape[0]!), zeros([x.shape[0]!, 1])] as const
    const advance = ([state, total]: typeof rest) => {
      const [next, output] = recurrent.step(p, state, x)
      return [[next, add(total, output)] as const, []] as const
    }
    return div(scan(advance, rest, null, { length: steps })[0][1], steps)
  },
})

export const rows: readonly Row[] = [
  row(
    8,
    (steps) => convolutional({ size: 8, channels: [4, 6], outputs: 2, steps }),
    () => normal(key(1), [8, 8, 8, 1]),
    (x) => stack([sin(mul(0.3, sum(x, [1, 2, 3]))), cos(mul(0.3, sum(x, [1, 2, 3])))], 1),
  ),
  row(
    8,
    (steps) => fourier({ channels: 6, modes: 4, layers: 2, steps }),
    () => uniform(key(2), [6, 16, 2]),
    (x) => sin(mul(3, mean(x, 2, { keepDims: true }))),
  ),
  row(
    8,
    (steps) => mesh({ graph, features: 2, channels: 8, rounds: 2, outputs: 1, steps }),
    () => normal(key(3), [8, nodes, 2]),
    (x) => sin(sum(x, 2, { keepDims: true })),
  ),
  row(
    40,
    () => recurrent,
    (steps) => wave(steps, [0, Math.PI / 2]),
    (x) => mul(0.5, wave(x.shape[0]!, [-0.5])),
    true,
  ),
  row(
    24,
    held,
    () => normal(key(4), [32, 2]),
    (x) => sin(add(sum(x, 1, { keepDims: true }), 0.5)),
  ),
  row(
    8,
    (steps) => residual({ inputs: 2, neurons: 16, blocks: 2, outputs: 1, steps }),
    () => normal(key(5), [32, 2]),
    (x) => sin(add(sum(x, 1, { keepDims: true }), 0.5)),
  ),
  row(
    8,
    (steps) => sensors({ features: 2, channels: 8, outputs: 1, steps }),
    () => normal(key(6), [16, 5, 2]),
    (x) => cos(sum(mean(x, 1), 1, { keepDims: true })),
  ),
]

/** The mean squared error of a network, with its parts. */
export function lossOf({ apply }: Network, x: Tensor, y: Tensor): Loss<Tree> {
  const squares = (output: Tensor): Tensor => square(sub(output, y))
  return Object.assign((p: Tree): Tensor => mean(squares(apply(p, x))), {
    parts: lossParts({
      samples: x.shape[0]!,
      input: x,
      forward: (p: Tree, from: Tensor) => apply(p, from),
      head: (output) => mean(reshape(squares(output), [x.shape[0]!, -1]), 1),
      residuals: null,
    }),
  })
}
