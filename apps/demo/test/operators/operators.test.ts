/**
 * Operators in the page: all that are declared, with their controls, their functions, their pictures and their
 * training.
 */
import { cpu } from '@spikeward/backend-cpu'
import { referenceBackend } from '@spikeward/core'
import { type Snapshot, restoreVariables, snapshotOf } from '@spikeward/train'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { DataCount, Functions, TrainEvents } from '../../src/protocol.js'
import { faultsOf } from '../../src/settings/faultsOf.js'
import { fromLink, isLater, toLink } from '../../src/settings/link.js'
import { offeredOptions } from '../../src/settings/runOf.js'
import { type Settings, contenderFor, settingsFor } from '../../src/settings/settings.js'
import { toCommand } from '../../src/settings/share.js'
import { tunedOperator } from '../../src/settings/tuned.js'
import { buildShared, makeTrainer } from '../../src/worker/trainer.js'
import { wholeCatalogue } from '../../src/worker/later/later.js'
import { makeCosine } from '../../src/worker/later/makeCosine.js'
import { makeCost } from '../../src/worker/later/makeCost.js'
import { makeInspector } from '../../src/worker/later/inspector.js'
import { checkDoubles, firstVariables, makeRunner, trialOn } from '../../src/worker/runner.js'
import { declaredOperators, smallOperator } from '../support/smallOperator.js'

const { tuned } = wholeCatalogue
const names = declaredOperators.map(({ name }) => name)

describe('operators', () => {
  it('are all that the package declares, each with a control for every option that can be written', () => {
    const offered = wholeCatalogue.problems.filter(({ facts }) => facts['kind'] === 'operator')
    expect(offered.map(({ name }) => name).sort()).toEqual([...names].sort())
    for (const entry of offered) {
      const { options } = declaredOperators.find(({ name }) => name === entry.name)!
      expect(offeredOptions(entry).map(({ name }) => name)).toEqual(Object.keys(options))
      expect(faultsOf(settingsFor(entry.name, tuned), wholeCatalogue), entry.name).toEqual([])
    }
  })

  it('load later than functions of points, and an address that names only an operator has few functions', () => {
    expect(isLater('#problem=poisson1d')).toBe(true)
    expect(fromLink('#problem=burgers', tuned)).toEqual(settingsFor('burgers', tuned))
    expect(settingsFor('burgers', tuned)).toMatchObject({ problemOptions: { train: '64', test: '8' }, batch: 64 })
  })

  it.each(names)('%s is drawn, and asked about a point, as the network answers', async (name) => {
    const settings = smallOperator(name)
    const shared = await buildShared(settings)
    const backend = referenceBackend()
    const { target, measure, pictured } = shared.view()
    const shown = target.grid.reduce((a, b) => a * b, 1)
    expect(target).toMatchObject({
      isKnown: true,
      equation: null,
      outputs: 2,
      operator: { sizes: { train: 3, test: 2 } },
    })
    expect([target.grid.length, target.x.length, target.y.length]).toEqual([
      target.inputs,
      shown * target.inputs,
      shown * 2,
    ])
    for (const { grid, y } of target.operator!.input) expect(y).toHaveLength(2 * grid.reduce((a, b) => a * b, 1))
    const variables = await firstVariables(shared, settings, backend)
    const { prediction, relativeL2 } = await measure().evaluate(variables)
    const drawn = pictured(prediction)
    expect(drawn).toHaveLength(target.y.length)
    expect(relativeL2).toBeGreaterThan(0)
    // The second point of the picture, for the second function.
    const point = [
      ...target.x.subarray(target.inputs, 2 * target.inputs),
      ...target.rest,
      ...target.operator!.input.flatMap(({ y }) => [...y.filter((_, i) => i % 2 === 1)]),
    ]
    const snapshot = await snapshotOf(variables, { step: 0, seconds: 0, forwardEquivalents: 0 })
    const seen = await makeInspector(backend)({ settings, snapshot, point, component: 0 })
    expect(seen.output).toBeCloseTo(drawn[3]!, 3)
    expect(seen.layers.map((l) => l.width)).toEqual(settings.hidden)
  })

  it('of three axes are drawn over two, in the middle of the third', async () => {
    const { target, pictured } = (await buildShared(smallOperator('navierStokes'))).view()
    expect(target).toMatchObject({ axes: ['x', 'y', 't'], grid: [9, 9], rest: [0.5] })
    // One test function after another in the answers, [function, x, y, t]; in the picture one after another at each
    // point.
    const answers = Float64Array.from({ length: 2 * 81 * 3 }, (_, i) => i)
    expect([...pictured(answers).subarray(0, 4)]).toEqual([1, 81 * 3 + 1, 4, 81 * 3 + 4])
  })

  it('of several input functions show each of them', async () => {
    const { target } = (await buildShared(smallOperator('advectionDiffusion'))).view()
    expect(target.operator!.input.map(({ name, grid }) => [name, grid])).toEqual([
      ['f', [9]],
      ['u0', [9]],
    ])
  })

  it('refuse a step of more functions than they have', () => {
    expect(faultsOf(smallOperator('poisson1d', { batch: 4 }), wholeCatalogue)).toEqual([
      'A step takes 4 functions of 3; give at most 3 per step, or a larger train of the problem.',
    ])
  })

  it('are learned with the same bits for any number of threads, exact solves of the readout included', async () => {
    // As large as in the page: smaller steps are not shared among threads.
    const settings: Settings = { ...settingsFor('poisson1d', tuned), steps: 105 }
    const shared = await buildShared(settings)
    const lossesOn = async (threads: number): Promise<number[]> => {
      await using backend = await cpu({ threads })
      const runner = makeRunner(shared, settings, 0, backend, null)
      const losses: number[] = []
      while (!runner.done()) losses.push(...(await runner.advance()).losses)
      return losses
    }
    const alone = await lossesOn(1)
    expect(alone).toHaveLength(105)
    expect(await lossesOn(3)).toEqual(alone)
  })

  it('are learned forward only: the error falls, and the last solve of the readout does not raise the validation error', async () => {
    await using backend = await cpu({ threads: 1 })
    const problemOptions = { train: '24', validation: '6', test: '6', cells: '64' }
    const settings = smallOperator('poisson1d', { problemOptions, hidden: [24], time: 8, batch: 24, steps: 60 })
    const shared = await buildShared(settings)
    const measured = shared.view().measure()
    const { relativeL2: before } = await measured.evaluate(await firstVariables(shared, settings, backend))
    const runner = makeRunner(shared, settings, 0, backend, null)
    let last: Snapshot | null = null
    while (!runner.done()) last = (await runner.advance()).snapshot ?? last
    expect(settings.contenders[0]!.estimator).toBe('eligibility')
    const variables = await restoreVariables(shared.task, last!, { backend })
    const solved = await shared.last!(0, variables)
    expect((await measured.evaluate(solved)).relativeL2).toBeLessThan(0.5 * before)
    const validator = shared.task.validator!()
    const { relativeL2 } = await validator.evaluate(variables)
    expect((await validator.evaluate(solved)).relativeL2).toBeLessThanOrEqual(relativeL2)
  })
})

describe('another network of an operator', () => {
  const first = settingsFor('darcy2d', tuned, 'fno')
  const problemOptions = { train: '6', validation: '2', test: '2', sensors: '25', cells: '48' }
  const settings = { ...first, problemOptions, time: 2, batch: 3, steps: 8 }

  it('is in the address and in the command, with its own estimator and no widths of a branch', () => {
    expect(first).toMatchObject({ network: 'fno', contenders: [{ estimator: 'rateBackpropagation' }] })
    expect(fromLink(toLink(settings), tuned)).toEqual(settings)
    const command = toCommand(settings, settings.contenders[0]!, wholeCatalogue)
    expect(command).toContain('train "darcy-2d(')
    expect(command).toContain('--network fno')
    expect(command).not.toContain('--branch')
    expect(settingsFor('darcy2d', tuned, 'no such network').network).toBeNull()
  })

  it('learns on the grid, and its answers are drawn', async () => {
    await using backend = await cpu({ threads: 1 })
    const shared = await buildShared(settings)
    const { target, measure, pictured } = shared.view()
    expect(target.grid).toEqual([25, 25])
    const { relativeL2: before } = await measure().evaluate(await firstVariables(shared, settings, backend))
    const runner = makeRunner(shared, settings, 0, backend, null)
    let last: Snapshot | null = null
    while (!runner.done()) last = (await runner.advance()).snapshot ?? last
    const { prediction, relativeL2 } = await measure().evaluate(await restoreVariables(shared.task, last!, { backend }))
    expect(relativeL2).toBeLessThan(before)
    expect(pictured(prediction)).toHaveLength(target.y.length)
  })
})

describe('the functions of an operator', () => {
  const settings = smallOperator('diffusion')

  it('are drawn once for all runs with the same options, and counted', async () => {
    const counts: DataCount[] = []
    const drawn: Functions[] = []
    const onDrawn = (functions: Functions): void => void drawn.push(functions)
    await buildShared(settings, { onProgress: (count) => counts.push(count), onDrawn })
    expect(counts[0]).toEqual({ done: 0, total: 6, seconds: null })
    expect(counts.at(-1)).toEqual({ done: 6, total: 6, seconds: 0 })
    const [functions] = drawn
    expect(functions!.sets.test.count).toBe(2)
    await buildShared({ ...settings, hidden: [5], key: 7 }, { functions: functions!, onDrawn })
    expect(drawn).toHaveLength(1)
    const other = { ...settings, problemOptions: { ...settings.problemOptions, key: '1' } }
    await buildShared(other, { functions: functions!, onDrawn })
    expect(drawn).toHaveLength(2)
    expect(drawn[1]!.sets.train.sensors).not.toEqual(functions!.sets.train.sensors)
  })

  it('are refused before they are drawn, if a page cannot hold them', async () => {
    const many = (part: Settings['problemOptions']): Promise<unknown> =>
      buildShared({ ...settings, problemOptions: { ...settings.problemOptions, ...part } })
    // Nine sensors and a solution on a coarse grid.
    await expect(many({ train: '1000000' })).rejects.toMatchObject({
      code: 'DEMO_FUNCTIONS',
      message: expect.stringMatching(/give at most [\d,]+ as train, or run the command/) as string,
    })
    await expect(many({ test: '1000000' })).rejects.toMatchObject({
      code: 'DEMO_FUNCTIONS',
      message: expect.stringContaining('give fewer functions, sensors or points') as string,
    })
  })

  it('are no longer drawn when another run begins', async () => {
    const abort = new AbortController()
    const onDrawn = (): never => expect.unreachable()
    const building = buildShared(settings, { signal: abort.signal, onProgress: () => abort.abort(), onDrawn })
    await expect(building).rejects.toThrow(/abort/)
  })
})

describe('the training worker', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('starts another operator while it draws functions, and keeps those of the operator that is learned', async () => {
    vi.stubGlobal('self', { location: { href: 'http://localhost/' }, crossOriginIsolated: false })
    vi.stubGlobal('navigator', { hardwareConcurrency: 1 })
    const events: { run: number | null; type: keyof TrainEvents; given: readonly unknown[] }[] = []
    let heard: () => void = () => undefined
    const trainer = makeTrainer((run, type, given) => {
      events.push({ run, type, given })
      heard()
    })
    const heardOf = async (type: keyof TrainEvents, run: number): Promise<void> => {
      while (!events.some((e) => e.type === type && e.run === run))
        await new Promise<void>((resolve) => (heard = resolve))
    }
    const start = (run: number, settings: Settings, functions: Functions | null = null): void => {
      const plain = { shown: 0, choices: null, resume: [null] }
      trainer.start({ ...plain, functions, run, settings: { ...settings, backend: 'cpu' } })
    }
    const long = smallOperator('diffusion')
    start(1, { ...long, problemOptions: { ...long.problemOptions, train: '5000' } })
    await heardOf('drawing', 1)
    start(2, smallOperator('poisson1d'))
    await heardOf('done', 2)
    start(3, smallOperator('poisson1d', { key: 5 }))
    await heardOf('done', 3)
    const runsOf = (type: keyof TrainEvents): unknown[] => [
      ...new Set(events.flatMap((e) => (e.type === type ? [e.run] : []))),
    ]
    expect([runsOf('drawing'), runsOf('started'), runsOf('failed')]).toEqual([[1, 2], [2, 3], []])
    const given = events.flatMap((e) => (e.type === 'functions' ? [e.given[0] as Functions] : []))
    expect(given).toHaveLength(1)
    // A function of points releases them; then they are drawn again, unless the page gives them.
    const points = { ...settingsFor('parabola'), hidden: [4], time: 3, batch: 8, steps: 1 }
    start(4, { ...points, contenders: [contenderFor('bp')] })
    await heardOf('done', 4)
    start(5, smallOperator('poisson1d'))
    await heardOf('done', 5)
    start(6, { ...points, contenders: [contenderFor('bp')] })
    await heardOf('done', 6)
    start(7, smallOperator('poisson1d'), given[0])
    await heardOf('done', 7)
    expect([runsOf('drawing'), runsOf('failed')]).toEqual([[1, 2, 5], []])
  })
})

describe('the readout of an operator', () => {
  it('is solved in double precision: a backend without it is refused, and not measured', async () => {
    const settings = smallOperator('poisson1d')
    const shared = await buildShared(settings)
    const reference = referenceBackend()
    const narrow = {
      ...reference,
      name: 'narrow',
      capabilities: { ...reference.capabilities, dtypes: ['f32' as const] },
    }
    const refusal = {
      code: 'UNSUPPORTED_DTYPE',
      message: expect.stringContaining('narrow lacks; run it on the cpu') as string,
    }
    expect(() => checkDoubles(shared, narrow)).toThrow(expect.objectContaining(refusal) as Error)
    await expect(trialOn(shared, settings)(narrow)).rejects.toMatchObject(refusal)
    expect(() => checkDoubles(shared, reference)).not.toThrow()
    const unsolved = await buildShared({
      ...settings,
      contenders: [contenderFor('bp', null, tunedOperator('poisson1d', tuned))],
    })
    expect(() => checkDoubles(unsolved, narrow)).not.toThrow()
  })
})

describe('answers about an operator', () => {
  it('compare an estimate with back-propagation, and cost a step', async () => {
    const backend = referenceBackend()
    const settings: Settings = { ...smallOperator('darcy2d'), contenders: [contenderFor('bp')] }
    const shared = await buildShared(settings)
    const { snapshot } = await makeRunner(shared, settings, 0, backend, null).advance()
    const { cosine } = await makeCosine(backend)({ settings, contender: 0, snapshot: snapshot! })
    expect(cosine).toBeCloseTo(1, 4)
    const { bytes, time } = await makeCost(backend)({ settings, contender: 0, timed: true })
    expect(bytes).toBeGreaterThan(0)
    expect(time?.forwardEquivalents).toBe(3)
  })
})
