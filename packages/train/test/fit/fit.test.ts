import { key, mean, mul, normal, square, sub, tensor, treeLeaves } from '@spikeward/core'
import type { Key, Optimizer, Tensor } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import { adam, sgd } from '@spikeward/optim'
import { type SpikingMlpFixed, type SpikingMlpTrained, solveReadout } from '@spikeward/operators'
import { describe, expect, it, vi } from 'vitest'
import { decodeCheckpoint, encodeCheckpoint, evaluate, fit, regressionTask, restoreVariables } from '../../src/index.js'
import type { Evaluator, Snapshot, Task, Variables } from '../../src/index.js'
import { type TestEvent, type TestOptions, codeOf, collect, lastOf, network, problem, smallRun } from '../fixtures.js'

const bytes = (s: Snapshot): Map<string, number[]> =>
  new Map(
    [...s.tensors].map(([path, t]) => [path, [...new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength)]]),
  )

const types = (events: readonly TestEvent[]): string => events.map((e) => `${e.type}${e.step}`).join(' ')

describe('fit', () => {
  it('reports events in order', async () => {
    const events = await collect(fit(smallRun({ steps: 10, every: 5, validateEvery: 4, checkpointEvery: 8 })))
    expect(types(events)).toBe('start0 validation4 metrics5 validation8 checkpoint8 metrics10 checkpoint10 end10')
    const end = lastOf(events, 'end')
    expect(end.reason).toBe('steps')
    expect(end.forwardEquivalents).toBe(10 * 3)
    expect(lastOf(events, 'start').parameters).toBe(5 + 5 + 5 + 1)
    expect(lastOf(events, 'metrics').stepsPerSecond).toBeGreaterThan(0)
    expect(lastOf(events, 'metrics').loss).toBe(end.loss)
  })

  it('stores what rebuilds the network in every checkpoint, and refuses that of another network', async () => {
    const model = { name: 'mlp', data: { domain: [[0, 1]], scale: 0.1 } }
    const events = await collect(fit(smallRun({ model, steps: 4, checkpointEvery: 2, validateEvery: 2, patience: 5 })))
    for (const type of ['checkpoint', 'best'] as const) {
      const { snapshot } = lastOf(events, type)
      expect(decodeCheckpoint(encodeCheckpoint(snapshot)).model).toEqual(model)
    }
    const { snapshot: resume } = lastOf(events, 'end')
    const other = { name: 'mlp', data: { domain: [[0, 2]], scale: 0.1 } }
    await expect(collect(fit(smallRun({ model: other, resume, steps: 6 })))).rejects.toThrow(
      /another network: data\.domain is \[\[0,1\]\], and here \[\[0,2\]\].*CHECKPOINT_MISMATCH/,
    )
    const continued = await collect(fit(smallRun({ resume, steps: 6 })))
    expect(lastOf(continued, 'end').snapshot.model).toEqual(model)
  })

  it('reports the error of the run, and not one of its end', async () => {
    const { network: _n, problem: _p, batch: _b, ...rest } = smallRun({ validateEvery: 2, optimizer: sgd(1e30) })
    const lost = (): never => {
      throw new Error('the device is lost')
    }
    const validator = (): Evaluator<Variables<SpikingMlpTrained, SpikingMlpFixed>> => ({
      evaluate: async () => ({ prediction: new Float64Array(1), relativeL2: 1 }),
      dispose: lost,
    })
    const task = { ...regressionTask({ network, problem, batch: 8 }), validator }
    await expect(collect(fit({ ...rest, task }))).rejects.toMatchObject({ code: 'NON_FINITE_LOSS' })
    await expect(collect(fit({ ...rest, task, optimizer: sgd(1e-3) }))).rejects.toThrow('the device is lost')
  })

  describe('with patience', () => {
    /** A run with the given validation errors, whatever it learns. */
    const scripted = (errors: readonly number[], over: Partial<TestOptions> = {}) => {
      const { network: _n, problem: _p, batch: _b, ...rest } = smallRun({ validateEvery: 2, steps: 40, ...over })
      const task = regressionTask({ network, problem, batch: 8 })
      const validator = (): Evaluator<Variables<SpikingMlpTrained, SpikingMlpFixed>> => {
        let calls = (over.resume?.step ?? 0) / 2
        return {
          evaluate: () =>
            Promise.resolve({ prediction: new Float64Array(), relativeL2: errors[Math.floor(calls++)] ?? 1 }),
          dispose: () => undefined,
        }
      }
      return fit({ ...rest, task: { ...task, validator } })
    }
    const errors = [0.9, 0.5, 0.6, NaN, 0.4, 0.4, 0.7, 0.8, 0.1]

    it('ends after that many validations without a lower error and emits each best state', async () => {
      const events = await collect(scripted(errors, { patience: 3, every: 100 }))
      expect(types(events.filter((e) => e.type !== 'validation'))).toBe(
        'start0 best2 best4 best10 metrics16 checkpoint16 end16',
      )
      const end = lastOf(events, 'end')
      expect(end.reason).toBe('patience')
      expect(end.snapshot.best).toEqual({ step: 10, relativeL2: 0.4 })
      expect(lastOf(events, 'best').snapshot).toMatchObject({ step: 10, best: { step: 10, relativeL2: 0.4 } })
    })

    it('takes no further step when resumed after its end, and the same steps from any checkpoint', async () => {
      const events = await collect(scripted(errors, { patience: 3, checkpointEvery: 2 }))
      const end = lastOf(events, 'end').snapshot
      expect(types(await collect(scripted(errors, { patience: 3, resume: end })))).toBe('start16 end16')
      for (const e of events) {
        if (e.type !== 'checkpoint') continue
        const resume = decodeCheckpoint(encodeCheckpoint(e.snapshot))
        const again = lastOf(await collect(scripted(errors, { patience: 3, resume })), 'end').snapshot
        expect([again.step, again.best, bytes(again)]).toEqual([16, end.best, bytes(end)])
      }
    })

    it('keeps only the best state if it is infinite', async () => {
      const events = await collect(scripted(errors, { patience: Infinity, steps: 18 }))
      expect(lastOf(events, 'end').reason).toBe('steps')
      expect(lastOf(events, 'best').step).toBe(18)
    })

    it('needs something to validate on', async () => {
      expect(await codeOf(() => fit(smallRun({ patience: 3 })))).toBe('INVALID_OPTION')
      expect(await codeOf(() => fit(smallRun({ patience: 0, validateEvery: 1 })))).toBe('INVALID_OPTION')
    })
  })

  it('rejects if it is awaited instead of read', async () => {
    const awaited = async (): Promise<unknown> => {
      // @ts-expect-error A run of events is no promise.
      // oxlint-disable-next-line typescript/await-thenable
      return await fit(smallRun({ steps: 1 }))
    }
    await expect(awaited()).rejects.toThrow(/for await \(const event of fit\(…\)\).*\[FIT_AWAITED\]/)
  })

  it('learns', async () => {
    const run = smallRun({ estimator: bp(), optimizer: adam(0.03), steps: 400, every: 400, validateEvery: 400 })
    const before = await evaluate(network, network.init(key(3).split(2)[0]!), problem.points('test'))
    const events = await collect(fit(run))
    const after = await evaluate(network, lastOf(events, 'end').variables, problem.points('test'))
    expect(before.relativeL2).toBeGreaterThan(0.5)
    expect(after.relativeL2).toBeLessThan(0.25)
    expect(lastOf(events, 'validation').relativeL2).toBeLessThan(0.25)
  })

  it('allocates nothing and compiles nothing after the first step', async () => {
    const run = smallRun({ steps: 40, every: 10, checkpointEvery: 10 })
    const at: { allocations: number; compilations: number; liveBuffers: number }[] = []
    for await (const e of fit(run)) if (e.type === 'metrics') at.push(run.backend.stats())
    expect(at).toHaveLength(4)
    expect(at[0]!.compilations).toBeGreaterThan(0)
    for (const s of at) {
      expect(s.allocations).toBe(at[0]!.allocations)
      expect(s.compilations).toBe(at[0]!.compilations)
      expect(s.liveBuffers).toBe(at[0]!.liveBuffers)
    }
  })

  it('leaks no buffer except the variables that it returns, also when left early', async () => {
    const run = smallRun({ validateEvery: 6, callbacks: [{ every: 5, run: solveReadout(network) }] })
    const before = run.backend.stats().liveBuffers
    const { variables } = lastOf(await collect(fit(run)), 'end')
    expect(run.backend.stats().liveBuffers).toBe(before + treeLeaves(variables).length)
    treeLeaves(variables).forEach((t) => t.dispose())
    for await (const e of fit(run)) if (e.type === 'metrics') break
    expect(run.backend.stats().liveBuffers).toBe(before)
  })

  it('depends only on the key, whatever is read in between', async () => {
    const plain = lastOf(await collect(fit(smallRun({ every: 100 }))), 'end').snapshot
    const busy = lastOf(
      await collect(fit(smallRun({ every: 1, validateEvery: 2, checkpointEvery: 3 }))),
      'end',
    ).snapshot
    expect(bytes(busy)).toEqual(bytes(plain))
    const other = lastOf(await collect(fit(smallRun({ key: 4 }))), 'end').snapshot
    expect(bytes(other)).not.toEqual(bytes(plain))
    const sameKey = lastOf(await collect(fit(smallRun({ key: key(3) }))), 'end').snapshot
    expect(bytes(sameKey)).toEqual(bytes(plain))
  })

  it('resumes from every step to the same parameters, bit for bit, through the file format', async () => {
    const over: Partial<TestOptions> = { callbacks: [{ every: 5, run: solveReadout(network) }] }
    const whole = lastOf(await collect(fit(smallRun(over))), 'end')
    for (const at of [0, 1, 4, 5, 11, 12]) {
      const first = lastOf(await collect(fit(smallRun({ ...over, steps: at }))), 'checkpoint').snapshot
      const rest = await collect(fit(smallRun({ ...over, resume: decodeCheckpoint(encodeCheckpoint(first)) })))
      expect(bytes(lastOf(rest, 'end').snapshot)).toEqual(bytes(whole.snapshot))
      expect(lastOf(rest, 'end').forwardEquivalents).toBe(whole.forwardEquivalents)
      expect(rest[0]).toMatchObject({ type: 'start', step: at })
    }
  })

  it('stops at its time budget and counts the seconds of earlier parts', async () => {
    // A clock that advances by a millisecond per reading.
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now++)
    const { steps: _, ...timed } = smallRun({ every: 1000 })
    const events = await collect(fit({ ...timed, seconds: 0.2 })).finally(() => clock.mockRestore())
    const end = lastOf(events, 'end')
    expect(end.reason).toBe('seconds')
    expect(end.step).toBeGreaterThan(0)
    expect(end.seconds).toBeGreaterThanOrEqual(0.2)
    expect(end.seconds).toBeLessThan(0.22)
    const more = await collect(fit({ ...timed, seconds: 0.2, resume: end.snapshot }))
    expect(types(more)).toBe(`start${end.step} end${end.step}`)
  })

  it('stops on an abort, with a checkpoint of its state', async () => {
    const control = new AbortController()
    const events: TestEvent[] = []
    for await (const e of fit(smallRun({ steps: 1_000_000, every: 5, signal: control.signal }))) {
      events.push(e)
      if (e.type === 'metrics' && e.step === 10) control.abort()
    }
    const end = lastOf(events, 'end')
    expect(end.reason).toBe('aborted')
    expect(end.step).toBe(10)
    expect(lastOf(events, 'checkpoint').snapshot.step).toBe(10)
  })

  it('handles an abort that arrives while it works', async () => {
    const control = new AbortController()
    setTimeout(() => control.abort())
    const events = await collect(fit(smallRun({ steps: 100_000_000, every: 100_000_000, signal: control.signal })))
    expect(lastOf(events, 'end').reason).toBe('aborted')
  })

  it('stops if the loss is NaN or infinite, names the step, and keeps the last good checkpoint', async () => {
    // A learning rate of 10³⁰ makes the parameters infinite at once.
    const run = smallRun({ optimizer: sgd(1e30), estimator: bp(), steps: 100, every: 100, checkpointEvery: 50 })
    const events: TestEvent[] = []
    expect(
      await codeOf(async () => {
        for await (const e of fit(run)) events.push(e)
      }),
    ).toBe('NON_FINITE_LOSS')
    expect(events.map((e) => e.type)).toEqual(['start'])
    expect(run.backend.stats().liveBuffers).toBe(0)
  })

  it('never hands out a checkpoint with parameters that are not finite', async () => {
    // The only step has a finite loss; only its update is not finite.
    const broken = {
      name: 'broken',
      init: () => ({}),
      update: (g: never) => ({ updates: mulTree(g), state: {} }),
    } as unknown as Optimizer
    expect(await codeOf(() => collect(fit(smallRun({ steps: 1, optimizer: broken }))))).toBe('NON_FINITE_LOSS')
  })

  it('refuses impossible options at once', async () => {
    const { steps: _, ...endless } = smallRun()
    expect(await codeOf(() => fit(endless))).toBe('INVALID_OPTION')
    const bad: Partial<TestOptions>[] = [
      { steps: -1 },
      { steps: 1.5 },
      { seconds: 0 },
      { seconds: NaN },
      { every: 0 },
      { checkpointEvery: -1 },
      { validateEvery: 0.5 },
      { batch: 0 },
      { batch: 17 },
      { batch: 2.5 },
      { callbacks: [{ every: 0, run: (v) => v.trained }] },
    ]
    for (const o of bad) expect(await codeOf(() => fit(smallRun(o))), JSON.stringify(o)).toBe('INVALID_OPTION')
  })

  it('refuses a checkpoint of another run: network, optimiser, key', async () => {
    const resume = lastOf(await collect(fit(smallRun({ steps: 2 }))), 'end').snapshot
    expect(await codeOf(() => collect(fit(smallRun({ resume, key: 4 }))))).toBe('CHECKPOINT_MISMATCH')
    await expect(collect(fit(smallRun({ resume, optimizer: sgd(0.1) })))).rejects.toThrow(
      /expected nothing, found f32\[5\]/,
    )
    const tensors = new Map(resume.tensors)
    tensors.set('trained.readout.weight', { dtype: 'f32', shape: [7, 1], data: new Float32Array(7) })
    await expect(collect(fit(smallRun({ resume: { ...resume, tensors } })))).rejects.toThrow(
      /'trained.readout.weight': expected f32\[5,1\], found f32\[7,1\]/,
    )
  })

  it('runs a task of its own objective and data', async () => {
    type Line = { readonly slope: Tensor }
    const task: Task<Line, Record<string, never>, { x: Tensor }> = {
      name: 'line',
      init: () => ({ trained: { slope: tensor(0) }, fixed: {} }),
      data: () => ({ x: tensor([1, 2, 3]) }),
      // The key's noise is part of the objective: the mean of (a − 2)²x², times any factor.
      objective: (p, _fixed, { x }, k: Key) => mean(square(mul(sub(mul(p.slope, x), mul(2, x)), normal(k, [3])))),
    }
    const events = await collect(fit({ task, estimator: bp(), optimizer: adam(0.1), key: 0, steps: 200 }))
    const end = events.at(-1)!
    expect(end.type === 'end' && (await end.variables.trained.slope.item())).toBeCloseTo(2, 1)
  })
})

/** Every update infinite. */
function mulTree(grad: never): never {
  const blow = (t: unknown): unknown =>
    Array.isArray(t)
      ? t.map(blow)
      : 'aval' in (t as object)
        ? mul(mul(t as Tensor, 1e38), 1e38)
        : Object.fromEntries(Object.entries(t as object).map(([k, v]) => [k, blow(v)]))
  return blow(grad) as never
}

describe('restoreVariables', () => {
  it('returns the variables of a snapshot', async () => {
    const end = lastOf(await collect(fit(smallRun())), 'end')
    const back = await restoreVariables(network, decodeCheckpoint(encodeCheckpoint(end.snapshot)))
    for (const [i, t] of treeLeaves(back).entries())
      expect(await t.data()).toEqual(await treeLeaves(end.variables)[i]!.data())
  })

  it('takes the structure of a template instead of initialising a network', async () => {
    const end = lastOf(await collect(fit(smallRun())), 'end')
    const never = {
      init: (): never => {
        throw new Error('initialised')
      },
    }
    const back = await restoreVariables(never, end.snapshot, { template: end.variables })
    expect(await back.trained.readout.weight.data()).toEqual(await end.variables.trained.readout.weight.data())
    const other = { trained: { ...end.variables.trained, layers: [] }, fixed: end.variables.fixed }
    expect(await codeOf(() => restoreVariables(never, end.snapshot, { template: other }))).toBe('CHECKPOINT_MISMATCH')
  })
})

describe('checkpoint', () => {
  it('is refused where it is a safetensors file but no checkpoint', async () => {
    const { encodeSafetensors } = await import('../../src/index.js')
    const file = encodeSafetensors({ tensors: new Map(), metadata: new Map([['format', 'pt']]) })
    expect(await codeOf(() => decodeCheckpoint(file))).toBe('CHECKPOINT_CORRUPT')
    const negative = encodeSafetensors({
      tensors: new Map(),
      metadata: new Map([
        ['format', 'spikeward-checkpoint'],
        ['version', '1'],
        ['step', '-1'],
      ]),
    })
    expect(await codeOf(() => decodeCheckpoint(negative))).toBe('CHECKPOINT_CORRUPT')
  })
})
