import { type Tree, type Variables, key, mul, treeMap } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { deepOnet, operatorNetwork, prepareOperator } from '@spikeward/operators'
import { poisson1d } from '@spikeward/problems'
import { expect, it } from 'vitest'
import { bestReadout, evaluateOperator, lastReadout, readoutPenalties } from '../src/index.js'

const problem = poisson1d({ sensors: 9, train: 12, validation: 5, test: 1, cells: 40 })
const units = { neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time: 6 }

async function made() {
  const prepared = await prepareOperator(problem, await problem.data('train'), deepOnet)
  const { network, path } = operatorNetwork(prepared, { units, branch: [12], trunk: [8], features: 4 })
  const variables: Variables = network.init(key(0))
  return { network, variables, path: path! }
}

it('takes the penalty with the least validation error, of the features as they are', async () => {
  const { network, variables, path } = await made()
  const errorOf = async (penalty: number): Promise<number> => {
    const found = await bestReadout(variables, { network, problem, path, penalties: [penalty] })
    expect(found?.penalty).toBe(penalty)
    const data = await problem.data('validation')
    const { relativeL2 } = await evaluateOperator(network, found!.variables, problem, data)
    expect(found!.validation).toBe(relativeL2)
    return relativeL2
  }
  const errors = await Promise.all(readoutPenalties.map(errorOf))
  const best = await bestReadout(variables, { network, problem, path })
  expect(best?.validation).toBeCloseTo(Math.min(...errors), 6)
  expect(best?.penalty).toBe(readoutPenalties[errors.indexOf(Math.min(...errors))])
})

it('is null if no penalty gives a finite error', async () => {
  const { network, variables } = await made()
  const path = () => (v: Variables) => [treeMap((x) => mul(x, NaN), v.trained)]
  expect(await bestReadout(variables, { network, problem, path, penalties: [1] })).toBeNull()
})

it('at the end of a run is taken if it reduces the error, also that of variables that are not numbers', async () => {
  const { network, variables, path } = await made()
  const options = { network, problem, path }
  const best = await lastReadout(variables, options)
  expect(best?.validation).toBe((await bestReadout(variables, options))?.validation)
  // A solved readout is not solved better.
  expect(await lastReadout(best!.variables, { ...options, penalties: [best!.penalty] })).toBeNull()
  const { branch, ...rest } = variables.trained as { readonly branch: { readonly readout: Tree } }
  const diverged = { ...branch, readout: treeMap((x) => mul(x, NaN), branch.readout) }
  const ended = await lastReadout({ ...variables, trained: { ...rest, branch: diverged } }, options)
  expect(ended?.validation).toBe(best?.validation)
})
