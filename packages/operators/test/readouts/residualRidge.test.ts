import {
  add,
  concatenate,
  expandDims,
  linspace,
  matmul,
  mul,
  ones,
  reshape,
  square,
  stack,
  sub,
  tensor,
  treePaths,
} from '@spikeward/core'
import type { Tensor, Variables } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { readoutLeaves, residualRidge } from '../../src/index.js'

type Trained = {
  readonly block: { readonly readout: { readonly weight: Tensor; readonly bias: Tensor } }
  readonly coefficients: { readonly rate: Tensor }
}
type Given = Variables<Trained, { readonly start: Tensor }>

const dtype = 'f64' as const
/** u = w₁ x + w₂ x² + w₃ x³ + b, whose derivative is known. */
const variables: Given = {
  trained: {
    block: { readout: { weight: tensor([[5], [5], [5]], { dtype }), bias: tensor([5], { dtype }) } },
    coefficients: { rate: tensor(0.5, { dtype }) },
  },
  fixed: { start: tensor(2, { dtype }) },
}
const x = linspace(0, 1, 24, dtype)
const powers = (n: number): Tensor => Array.from({ length: n }, () => x).reduce((a, b) => mul(a, b), ones([24], dtype))
const value = ({ trained: { block } }: Given): Tensor =>
  add(reshape(matmul(stack([1, 2, 3].map(powers), 1), block.readout.weight), [24]), block.readout.bias)
const slope = ({ trained: { block } }: Given): Tensor =>
  reshape(matmul(stack([powers(0), mul(powers(1), 2), mul(powers(2), 3)], 1), block.readout.weight), [24])
const atZero = (v: Given): Tensor => sub(v.trained.block.readout.bias, expandDims(v.fixed.start, 0))
const error =
  (solution: (at: number) => number) =>
  async (v: Given): Promise<number> => {
    const at = await x.data()
    const u = await value(v).data()
    return Math.max(...Array.from(u, (own, i) => Math.abs(own - solution(at[i]!))))
  }
const cubic = (at: number): number => 2 - at + 3 * at ** 2 + 0.5 * at ** 3

describe('residualRidge', () => {
  it('finds the solution of a linear equation that the features can express, from any readout, and leaves all else', async () => {
    const right = add(add(mul(powers(0), -1), mul(powers(1), 6)), mul(powers(2), 1.5))
    const residuals = (v: Given): Tensor => concatenate([sub(slope(v), right), atZero(v)], 0)
    const found = (await residualRidge({ variables, residuals, validate: error(cubic) }))!
    expect(found.validation).toBeLessThan(1e-6)
    expect(found.lambda).toBe(1e-12)
    expect(await found.variables.trained.coefficients.rate.item()).toBe(0.5)
    expect(await found.variables.fixed.start.item()).toBe(2)
  })

  it('takes Gauss–Newton steps for a nonlinear equation', async () => {
    // u' = −u²/4 with u(0) = 2: u = 4/(x + 2); the best cubic is within 1e-3 of it.
    const residuals = (v: Given): Tensor => concatenate([add(slope(v), mul(square(value(v)), 0.25)), atZero(v)], 0)
    const found = (await residualRidge({ variables, residuals, validate: error((at) => 4 / (at + 2)) }))!
    expect(found.validation).toBeLessThan(2e-3)
  })

  it('solves unknown coefficients with the readout', async () => {
    // rate · u' = right, with u known at all points: the rate is 2.
    const right = mul(add(add(mul(powers(0), -1), mul(powers(1), 6)), mul(powers(2), 1.5)), 2)
    const known = tensor(Array.from(await x.data(), cubic), { dtype })
    const residuals = (v: Given): Tensor =>
      concatenate([sub(mul(slope(v), v.trained.coefficients.rate), right), sub(value(v), known)], 0)
    const also = ['coefficients.rate']
    const found = (await residualRidge({ variables, residuals, validate: error(cubic), also }))!
    expect(await found.variables.trained.coefficients.rate.item()).toBeCloseTo(2, 5)
  })

  it('chooses the penalty by the validation error alone', async () => {
    const right = mul(powers(0), -1)
    const residuals = (v: Given): Tensor => concatenate([sub(slope(v), right), atZero(v)], 0)
    let calls = 0
    const found = (await residualRidge({
      variables,
      residuals,
      validate: () => Promise.resolve(calls++ === 2 ? 1 : 2),
    }))!
    expect(found).toMatchObject({ lambda: 1e-6, validation: 1 })
  })

  it('is not defined for a network with two readouts, nor where no error is finite', async () => {
    const { readout } = variables.trained.block
    expect(readoutLeaves({ a: { readout }, b: { readout } })).toBe(null)
    const one = { layers: [readout], readout }
    expect(readoutLeaves(one)?.map((leaf) => treePaths(one)[leaf])).toEqual(['readout.weight', 'readout.bias'])
    const residuals = (v: Given): Tensor => sub(slope(v), powers(1))
    expect(await residualRidge({ variables, residuals, validate: () => Promise.resolve(NaN) })).toBe(null)
  })

  it('refuses a path of no learned numbers, and lists those there are', async () => {
    const residuals = (v: Given): Tensor => sub(slope(v), powers(1))
    const solve = (also: string[]) => residualRidge({ variables, residuals, validate: () => Promise.resolve(1), also })
    await expect(solve(['typo'])).rejects.toThrow(/'typo'.*coefficients\.rate.*INVALID_OPTION/)
    await expect(solve(['block.readout.bias'])).rejects.toThrow('INVALID_OPTION')
  })

  it('frees the variables of all penalties but the best one', async () => {
    const residuals = (v: Given): Tensor => sub(slope(v), powers(1))
    const errors = [3, 2, 4, 1, 5, 6]
    const given: Given[] = []
    const found = (await residualRidge({
      variables,
      residuals,
      validate: (v) => Promise.resolve(errors[given.push(v) - 1]!),
    }))!
    const isFree = await Promise.all(
      given.map(async (v) => {
        try {
          await v.fixed.start.item()
          return false
        } catch {
          return true
        }
      }),
    )
    expect(isFree).toEqual([true, true, true, false, true, true])
    expect(found.variables).toBe(given[3])
  })
})
