/** Equations in the page: all that are declared, with their controls, their pictures and their training. */
import { cpu } from '@spikeward/backend-cpu'
import { type Variables, declaredIn, referenceBackend } from '@spikeward/core'
import * as problems from '@spikeward/problems'
import { type Snapshot, restoreVariables } from '@spikeward/train'
import { describe, expect, it } from 'vitest'
import { componentOf } from '../../src/draw/values.js'
import { faultsOf } from '../../src/settings/faultsOf.js'
import { isLater } from '../../src/settings/link.js'
import { offeredOptions } from '../../src/settings/runOf.js'
import { type Settings, firstSettings, settingsFor } from '../../src/settings/settings.js'
import { buildShared } from '../../src/worker/trainer.js'
import { wholeCatalogue } from '../../src/worker/later/later.js'
import { makeCosine } from '../../src/worker/later/makeCosine.js'
import { makeCost } from '../../src/worker/later/makeCost.js'
import { makeInspector } from '../../src/worker/later/inspector.js'
import { firstVariables, makeRunner } from '../../src/worker/runner.js'

const { tuned } = wholeCatalogue
const declared = Object.values(declaredIn({ ...problems }, 'problem'))
  .filter(({ declaration }) => declaration.facts['kind'] === 'pinn')
  .map(({ declaration }) => declaration)

/** Values that make the sets of an equation small, of the options that it has. */
const few: Readonly<Record<string, string>> = { test: '6', validation: '6', measurements: '9', cells: '8' }

function smallOf(problem: string, part: Partial<Settings> = {}): Settings {
  const entry = wholeCatalogue.problems.find(({ name }) => name === problem)!
  const problemOptions = Object.fromEntries(
    entry.options.flatMap(({ name, type }) => {
      const value = few[name]
      return value === undefined ? [] : [[name, type === 'list' ? `${value},${value}` : value] as const]
    }),
  )
  const { hidden, ...others } = settingsFor(problem, tuned)
  return { ...others, problemOptions, hidden: hidden.map(() => 4), time: 3, batch: 6, steps: 2, ...part }
}

describe('equations', () => {
  it('are all that the package declares, each with a control for every option that can be written', () => {
    const offered = wholeCatalogue.problems.filter(({ facts }) => facts['kind'] === 'pinn')
    expect(offered.map(({ name }) => name).sort()).toEqual(declared.map(({ name }) => name).sort())
    for (const entry of offered) {
      const { options } = declared.find(({ name }) => name === entry.name)!
      expect(offeredOptions(entry).map(({ name }) => name)).toEqual(Object.keys(options))
      expect(faultsOf(settingsFor(entry.name, tuned), wholeCatalogue), entry.name).toEqual([])
    }
  })

  it('load later than functions of points: an address that names one waits', () => {
    expect(['', '#problem=ripple', '#problem=ownPoints'].map(isLater)).toEqual([false, false, false])
    expect(['#problem=heat1d', '#problem=nothing'].map(isLater)).toEqual([true, true])
  })

  it.each(declared.map(({ name }) => name))('%s is trained and drawn', async (name) => {
    const settings = smallOf(name)
    const shared = await buildShared(settings)
    const backend = referenceBackend()
    const { losses } = await makeRunner(shared, settings, 0, backend, null).advance()
    expect(losses).toHaveLength(2)
    for (const loss of losses) expect(Number.isFinite(loss)).toBe(true)
    const { target, measure, pictured } = shared.view()
    const shown = target.grid.reduce((a, b) => a * b, 1)
    expect(target).toMatchObject({ isKnown: true, equation: { text: expect.any(String) as string } })
    expect([Math.min(2, target.axes.length), target.grid.length, target.x.length]).toEqual([
      target.inputs,
      target.inputs,
      shown * target.inputs,
    ])
    expect(target.y).toHaveLength(shown * target.outputs)
    const { prediction, relativeL2 } = await measure().evaluate(await firstVariables(shared, settings, backend))
    expect(pictured(prediction)).toHaveLength(target.y.length)
    expect(relativeL2).toBeGreaterThan(0)
  })

  it('of a shape have gaps outside of it, and an error at its test points', async () => {
    const view = (await buildShared(smallOf('poisson2d', { problemOptions: { shape: 'disc', test: '6' } }))).view()
    const { target, pictured } = view
    expect(target.grid).toEqual([50, 50])
    // The corner is outside of the unit disc, its middle inside.
    expect([target.y[0], target.y[25 * 50 + 25]]).toEqual([Number.NaN, expect.closeTo(1, 2)])
    const answers = new Float64Array(50 * 50 + 1000)
    expect(pictured(answers)[0]).toBe(Number.NaN)
    expect(pictured(answers)[25 * 50 + 25]).toBe(0)
    expect(view).toMatchObject({ points: { count: 50 * 50 + 6 * 6 }, from: 50 * 50 })
  })

  it('of three axes are drawn over two, of several components one by one', async () => {
    const { target } = (await buildShared(smallOf('taylorGreen'))).view()
    expect(target).toMatchObject({ inputs: 2, axes: ['x', 'y', 't'], grid: [50, 50], rest: [0.5] })
    const { y, outputs } = target
    expect(Array.from({ length: outputs }, (_, c) => componentOf(y, outputs, c)[7])).toEqual([
      ...y.slice(7 * outputs, 8 * outputs),
    ])
  })

  it('are solved forward only: the loss and the error fall', async () => {
    await using backend = await cpu({ threads: 1 })
    const settings = { ...settingsFor('heat1d', tuned), hidden: [16], batch: 60, steps: 20 }
    const shared = await buildShared(settings)
    const measured = shared.view().measure()
    const runner = makeRunner(shared, settings, 0, backend, null)
    const losses: number[] = []
    let last: Snapshot | null = null
    while (!runner.done()) {
      const moment = await runner.advance()
      losses.push(...moment.losses)
      last = moment.snapshot ?? last
    }
    expect(losses.at(-1)! / losses[0]!).toBeLessThan(0.1)
    expect(settings.contenders[0]!.estimator).toBe('gaussNewton')
    const errorAt = async (variables: Variables): Promise<number> => (await measured.evaluate(variables)).relativeL2
    const before = await errorAt(await firstVariables(shared, settings, backend))
    expect(await errorAt(await restoreVariables(shared.task, last!, { backend }))).toBeLessThan(0.2 * before)
  })
})

describe('answers about an equation', () => {
  const settings = smallOf('inversePoisson', { time: 5 })

  const snapshot = async (of: Settings) => {
    const moment = await makeRunner(await buildShared(of), of, 0, referenceBackend(), null).advance()
    return moment.snapshot!
  }

  it('show spikes, membranes and weights of its network', async () => {
    const look = makeInspector(referenceBackend())
    const { layers, output, links } = await look({
      settings,
      snapshot: await snapshot(settings),
      point: [0.25],
      component: 0,
    })
    expect(layers.map((l) => [l.width, l.spikes.length])).toEqual([[4, 20]])
    expect(links.map((l) => l.length)).toEqual([4, 4])
    expect(Number.isFinite(output)).toBe(true)
  })

  it('have the values of unknown coefficients', async () => {
    const shared = await buildShared(settings)
    const { k } = shared.coefficients!(await firstVariables(shared, settings, referenceBackend()))
    expect(await k!.item()).toBe(1)
    expect((await buildShared(smallOf('heat1d'))).coefficients).toBeUndefined()
  })

  it('have no spike trains where spike times have a closed form', async () => {
    const closed = smallOf('burgersPinn')
    const look = makeInspector(referenceBackend())
    const seen = await look({ settings: closed, snapshot: await snapshot(closed), point: [0.25, 0.5], component: 0 })
    expect(seen).toMatchObject({ layers: [], links: [] })
    expect(Number.isFinite(seen.output)).toBe(true)
  })

  it('compare an estimate with back-propagation, and cost a step', async () => {
    const bp = { ...settings, contenders: [{ ...firstSettings.contenders.at(-1)!, learningRate: 1e-3 }] }
    const ask = { settings: bp, contender: 0, snapshot: await snapshot(bp) }
    expect((await makeCosine(referenceBackend())(ask)).cosine).toBeCloseTo(1, 4)
    const { bytes, time } = await makeCost(referenceBackend())({ settings: bp, contender: 0, timed: true })
    expect(bytes).toBeGreaterThan(0)
    expect(time?.forwardEquivalents).toBe(3)
  })
})
