import { coordsTensors, jit, key, mul, normal, scope, tensor, treeLeaves } from '@spikeward/core'
import type { Coords, OperatorTensors, Tree, Variables } from '@spikeward/core'
import { expect, it } from 'vitest'
import {
  amplitude,
  deepOnet,
  mioNet,
  operatorReadoutPath,
  sepOnet,
  sharedOperatorReadout,
  solveOperatorReadout,
  vanishing,
} from '../../src/index.js'
import type { DeepOnet, SolveOperatorReadoutOptions } from '../../src/index.js'
import { f64, smooth, spiking } from '../operatorFixtures.js'

const at: Coords = {
  kind: 'grid',
  axes: [
    tensor(
      Float64Array.from({ length: 7 }, (_, i) => -1 + i / 3),
      f64,
    ),
  ],
}
const options = { sensors: 4, axes: 1, features: 3, branch: spiking(6), trunk: smooth(5), ...f64 }
/** Options without those of one branch. */
const trunkOf = ({ sensors: _, branch: _b, ...rest }: typeof options) => rest
const two = { outputs: 2, output: { shift: [0.3, -1], scale: [2, 0.5] } }

/** Readouts solved in parts, one part after another. */
async function inParts<V extends Variables<Tree, Tree>>(
  shared: ReturnType<typeof sharedOperatorReadout>,
  variables: V,
  data: OperatorTensors,
): Promise<V['trained']> {
  const prepared = shared.prepare(variables, data)
  const measure = jit((d: OperatorTensors, index: ReturnType<typeof tensor>, p: typeof prepared) =>
    shared.part(variables as never, d, index, p),
  )
  const sums: Float64Array[] = []
  for (let i = 0; i < shared.parts; i++)
    sums.push((await measure(data, tensor(i, { dtype: 'u32' }), prepared).data()) as Float64Array)
  const merged = scope(() => tensor(shared.merge(sums), { dtype: shared.dtype! }))
  return shared.finish(variables, data, merged, prepared)
}

const cases: readonly (readonly [string, unknown, SolveOperatorReadoutOptions, number])[] = [
  // 21 functions: the last of the eight parts holds none.
  [
    'branch and trunk, an amplitude and conditions',
    deepOnet(options),
    { amplitude: amplitude({ unit: 2 }), hard: vanishing({ axis: 0, at: [-1, 1] }) },
    21,
  ],
  ['branch and trunk', deepOnet(options), {}, 24],
  [
    'the trunk of a MIONet, an amplitude and conditions',
    mioNet({ ...trunkOf(options), branches: [{ sensors: 4, branch: spiking(6) }] }),
    { amplitude: amplitude({ unit: 2 }), hard: vanishing({ axis: 0, at: [-1, 1] }) },
    21,
  ],
  [
    'the branch of a separable network with two outputs',
    sepOnet({ ...options, ...two }),
    { amplitude: amplitude({ unit: 2 }) },
    21,
  ],
]

it.each(cases)('%s: the readouts in parts have the bits of those in one program', async (_, made, given, count) => {
  const network = made as DeepOnet
  const variables = network.init(key(3))
  const f = normal(key(8), [count, 4], f64)
  const u = normal(key(9), network.outputs === 1 ? [count, 7] : [count, 7, 2], f64)
  const data: OperatorTensors = { f, u: mul(u, 3), at: coordsTensors(at) }
  const ours = await inParts(sharedOperatorReadout(network, given) as never, variables, data)
  const solve = jit((v: typeof variables, d: OperatorTensors) => solveOperatorReadout(network, given)(v, d))
  const theirs = solve(variables, data)
  for (const [i, whole] of treeLeaves(theirs).entries()) {
    const mine = treeLeaves(ours)[i]!
    expect(mine.shape).toEqual(whole.shape)
    expect(await mine.data()).toEqual(await whole.data())
  }
})

it('the readouts for several penalties have the bits of one solve for each', async () => {
  const network = deepOnet(options)
  const variables = network.init(key(3))
  const data: OperatorTensors = {
    f: normal(key(8), [21, 4], f64),
    u: normal(key(9), [21, 7], f64),
    at: coordsTensors(at),
  }
  const lambdas = [1e-6, 1e-3]
  const all = operatorReadoutPath(network, {}, lambdas)(variables, data)
  expect(all).toHaveLength(2)
  for (const [i, lambda] of lambdas.entries()) {
    const one = solveOperatorReadout(network, { lambda })(variables, data)
    const [found, expected] = [treeLeaves(all[i]!), treeLeaves(one)]
    for (const [j, leaf] of expected.entries()) expect(await found[j]!.data()).toEqual(await leaf.data())
  }
  const [low, high] = await Promise.all(all.map((p) => p.branch.readout.weight.data()))
  expect(low).not.toEqual(high)
})
