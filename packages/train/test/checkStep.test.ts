import { type Backend, type Tensor, customJvp, mean, mul, referenceBackend, square, sub, tanh } from '@spikeward/core'
import type { Kernel, KernelNode, Plan, Step } from '@spikeward/core/backend'
import { describe, expect, it } from 'vitest'
import { type CheckEvent, fit } from '../src/index.js'
import { type TestOptions, collect, codeOf, smallRun } from './fixtures.js'

const run = (over: Partial<TestOptions> = {}): ReturnType<typeof collect> =>
  collect(fit(smallRun({ steps: 3, check: 3, ...over })))

/** A reference backend that computes other nodes than a plan asks for. */
function altered(change: (node: KernelNode) => KernelNode): Backend {
  const inner = referenceBackend()
  const kernel = (k: Kernel): Kernel => ({ ...k, nodes: k.nodes.map(change) })
  const step = (s: Step): Step =>
    s.kind === 'loop'
      ? { ...s, steps: s.steps.map(step) }
      : s.kind === 'kernel'
        ? { ...s, kernel: kernel(s.kernel) }
        : s
  return {
    ...inner,
    name: 'altered',
    compile: (plan: Plan) => inner.compile({ ...plan, steps: plan.steps.map(step) }),
  }
}

describe('check', () => {
  it('passes on a run that is right, and changes nothing', async () => {
    const events = (await run()) as { type: string }[]
    const checks = events.filter((e): e is CheckEvent => e.type === 'check')
    expect(checks.map((c) => c.step)).toEqual([3])
    for (const { derivative, difference, smoothError, lossError } of checks) {
      expect(derivative).not.toBe(0)
      expect(Math.abs(derivative - difference)).toBeLessThan(0.05 * Math.abs(derivative) + 1e-3)
      expect([smoothError, lossError]).toEqual([0, 0])
    }
    const without = (await run({ check: 0 })) as { type: string; loss?: number }[]
    expect(without.at(-1)!.loss).toBe((events.at(-1) as { loss?: number }).loss)
  })

  it.each([
    ['in a loss', 1.5],
    ['with the wrong sign', -1],
  ])('catches a wrong derivative %s', async (_, factor) => {
    const wrong = customJvp(
      (x) => square(x),
      ([x], [dx]) => [square(x!), mul(mul(mul(x!, 2), dx!), factor)],
    )
    const loss = (predicted: Tensor, target: Tensor): Tensor => mean(wrong(sub(predicted, target)))
    const error = await run({ loss }).catch((e: unknown) => e as Error)
    expect(error).toMatchObject({ code: 'CHECK_DERIVATIVE' })
    expect((error as Error).message).toMatch(/^step 3: the derivative .* finite differences give/)
  })

  it.each([
    ['a sum', (n: KernelNode): KernelNode => (n.op === 'add' ? { ...n, op: 'max' } : n)],
    ['a quotient', (n: KernelNode): KernelNode => (n.op === 'div' ? { ...n, op: 'min' } : n)],
  ])('catches a backend that computes %s wrongly', async (_, change) => {
    expect(await codeOf(() => run({ backend: altered(change) }))).toBe('CHECK_BACKEND')
  })

  it('refuses an impossible number of steps', async () => {
    expect(await codeOf(() => run({ check: -1 }))).toBe('INVALID_OPTION')
  })

  it('passes where the loss is smooth', async () => {
    const loss = (predicted: Tensor, target: Tensor): Tensor => mean(square(tanh(sub(predicted, target))))
    expect(await codeOf(() => run({ loss }))).toBeUndefined()
  })
})
