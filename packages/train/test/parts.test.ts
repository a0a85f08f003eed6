import { key, mean, treeLeaves } from '@spikeward/core'
import { activity, bp, eligibility, exactReadout, rfg, spsa } from '@spikeward/estimators'
import { describe, expect, it } from 'vitest'
import { fit, regressionTask } from '../src/index.js'
import { collect, codeOf, lastOf, network, problem, smallRun } from './fixtures.js'

describe('parts of the loss', () => {
  const task = regressionTask({ network, problem, batch: 8 })
  const { trained, fixed } = network.init(key(1))

  it('are those of the same mini-batch', async () => {
    const data = task.data()
    const parts = task.parts!(fixed, data, key(7))
    const output = parts.forward(trained, parts.input)
    const plain = await task.objective(trained, fixed, data, key(7)).item()
    expect(await mean(parts.head(output)).item()).toBeCloseTo(plain, 6)
    const residuals = [...(await parts.residuals!(output).data())]
    expect(residuals.reduce((s, r) => s + r * r, 0) / residuals.length).toBeCloseTo(plain, 6)
    expect(parts.samples).toBe(8)
    const other = task.parts!(fixed, data, key(8))
    expect(await mean(parts.head(other.forward(trained, other.input))).item()).not.toBe(plain)
  })

  it('measure errors in the units of the outputs', async () => {
    const scaled = regressionTask({ network, problem, batch: 8, units: [4] })
    const data = task.data()
    const [plain, measured] = [task, scaled].map((of) => of.objective(trained, fixed, data, key(7)).item())
    expect((await measured!) * 16).toBeCloseTo(await plain!, 6)
    const parts = scaled.parts!(fixed, data, key(7))
    const head = await mean(parts.head(parts.forward(trained, parts.input))).item()
    expect(head).toBeCloseTo(await measured!, 6)
    for (const units of [[], [0], [NaN]])
      expect(await codeOf(async () => regressionTask({ network, problem, units }))).toBe('INVALID_OPTION')
  })

  it('are absent where the loss does not allow them', () => {
    expect('parts' in regressionTask({ network, problem, loss: (a) => mean(a) })).toBe(false)
  })

  it.each([eligibility(), activity(), exactReadout(rfg()), spsa()])('let $name train', async (estimator) => {
    const events = await collect(fit(smallRun({ estimator })))
    expect(lastOf(events, 'end').step).toBe(12)
  })

  it('let eligibility follow back-propagation', async () => {
    const end = async (estimator: Parameters<typeof smallRun>[0]): Promise<number[]> => {
      const { variables } = lastOf(await collect(fit(smallRun(estimator))), 'end')
      const data = await Promise.all(treeLeaves(variables.trained).map((t) => t.data()))
      return data.flatMap((d) => [...d])
    }
    const [a, b] = [await end({ estimator: eligibility() }), await end({ estimator: bp() })]
    a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 3))
  })

  it('are requested by name if they are missing', async () => {
    const options = smallRun({ estimator: activity(), loss: (a) => mean(a) })
    expect(await codeOf(() => collect(fit(options)))).toBe('LOSS_WITHOUT_PARTS')
  })
})
