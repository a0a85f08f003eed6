import { type Variables, referenceBackend, treeLeaves } from '@spikeward/core'
import { type Snapshot, fit } from '@spikeward/train'
import { describe, expect, it } from 'vitest'
import { type Settings, firstSettings, contenderFor, settingsFor } from '../src/settings/settings.js'
import { makeInspector } from '../src/worker/later/inspector.js'
import { buildContender, buildFunction } from '../src/worker/build.js'
import { buildShared } from '../src/worker/trainer.js'
import { catalogue } from '../src/worker/catalogue.js'
import { makeCosine } from '../src/worker/later/makeCosine.js'
import { makeCost } from '../src/worker/later/makeCost.js'
import { firstVariables, makeRunner } from '../src/worker/runner.js'
import { slope } from '../src/worker/later/questions.js'

const small: Settings = { ...firstSettings, hidden: [6, 5], time: 5, batch: 16, steps: 12 }

async function snapshotOf(settings: Settings): Promise<Snapshot> {
  const { task } = buildFunction(settings)
  const run = fit({ task, ...buildContender(settings, settings.contenders[0]!), key: settings.key, steps: 2 })
  for await (const event of run) if (event.type === 'end') return event.snapshot
  throw new Error('no end')
}

describe('the activity of a network', () => {
  it('is read from a snapshot, with the prediction of the network', async () => {
    const look = makeInspector(referenceBackend())
    const snapshot = await snapshotOf(small)
    const { layers, output } = await look({ settings: small, snapshot, point: [0, 0], component: 0 })
    const again = await look({ settings: small, snapshot, point: [0, 0], component: 0 })
    expect(layers.map((l) => [l.width, l.spikes.length, l.membranes.length])).toEqual([
      [6, 30, 30],
      [5, 25, 25],
    ])
    expect(again.output).toBe(output)
    expect(layers[0]!.rate).toBeCloseTo(layers[0]!.spikes.reduce((a, b) => a + b, 0) / 30, 6)
  })
})

describe('the race', () => {
  it('starts all contenders at the same variables, and reports every loss', async () => {
    const settings = { ...small, contenders: [contenderFor('rfg'), contenderFor('bp')] }
    const shared = await buildShared(settings)
    const backend = referenceBackend()
    const runners = settings.contenders.map((_, i) => makeRunner(shared, settings, i, backend, null))
    const moments = await Promise.all(runners.map((r) => r.advance()))
    expect(moments.map((m) => m.losses.length)).toEqual([10, 10])
    expect(moments[0]!.losses[0]).toBeCloseTo(moments[1]!.losses[0]!, 6)
    expect(moments[0]!.losses[9]).not.toBeCloseTo(moments[1]!.losses[9]!, 6)
    const first = await firstVariables(shared, settings, backend)
    const again = await firstVariables(shared, settings, backend)
    const read = (v: Variables) => Promise.all(treeLeaves(v.trained).map((t) => t.data()))
    expect(await read(again)).toEqual(await read(first))
    await Promise.all(runners.map((r) => r.stop()))
  })

  it('continues from a snapshot as if it had not stopped', async () => {
    const shared = await buildShared(small)
    const whole = makeRunner(shared, small, 0, referenceBackend(), null)
    const first = await whole.advance()
    const second = await whole.advance()
    const resumed = makeRunner(shared, small, 0, referenceBackend(), first.snapshot)
    expect((await resumed.advance()).losses).toEqual(second.losses)
    await whole.advance()
    expect(whole.done()).toBe(true)
  })

  it.each(catalogue.estimators.map((e) => e.name))('takes %s', async (name) => {
    const settings = { ...small, hidden: [6], steps: 2, contenders: [contenderFor(name)] }
    const { losses } = await makeRunner(await buildShared(settings), settings, 0, referenceBackend(), null).advance()
    expect(losses.length).toBeGreaterThan(0)
    for (const loss of losses) expect(Number.isFinite(loss)).toBe(true)
  })

  it.each(catalogue.neurons.map((n) => n.name))('takes the neuron %s', async (neuron) => {
    const settings = {
      ...settingsFor('parabola'),
      hidden: [4],
      time: 3,
      batch: 8,
      steps: 1,
      neuron,
      neuronOptions: {},
    }
    const { losses } = await makeRunner(await buildShared(settings), settings, 3, referenceBackend(), null).advance()
    expect(Number.isFinite(losses[0])).toBe(true)
  })

  it('refuses unknown names', async () => {
    await expect(buildShared({ ...small, problem: 'nothing' })).rejects.toThrow(/CLI_UNKNOWN_NAME/)
    expect(() => buildContender(small, contenderFor('nothing'))).toThrow(/UNKNOWN_NAME/)
  })
})

describe('further numbers', () => {
  it('the cosine of back-propagation to itself is 1, of one random direction far less', async () => {
    const cosine = makeCosine(referenceBackend())
    const settings = {
      ...small,
      contenders: [contenderFor('bp'), { ...contenderFor('rfg'), options: { directions: '1' } }],
    }
    const snapshot = await snapshotOf(settings)
    expect((await cosine({ settings, contender: 0, snapshot })).cosine).toBeCloseTo(1, 4)
    expect(Math.abs((await cosine({ settings, contender: 1, snapshot })).cosine)).toBeLessThan(0.7)
  })

  it('memory is flat in T for random directions and grows for back-propagation', async () => {
    const cost = makeCost(referenceBackend())
    const settings = { ...small, hidden: [8], contenders: [contenderFor('rfg')] }
    const at = (contender: 0 | 'bp', time: number) =>
      cost({ settings: { ...settings, time }, contender, timed: time === 8 })
    const [forward, forwardLong] = [await at(0, 8), await at(0, 64)]
    const [backward, backwardLong] = [await at('bp', 8), await at('bp', 64)]
    expect(forwardLong).toEqual({ bytes: forward.bytes, time: null })
    expect(backwardLong.bytes).toBeGreaterThan(4 * backward.bytes)
    expect([forward.time?.forwardEquivalents, backward.time?.forwardEquivalents]).toEqual([9, 3])
    expect(forward.time?.milliseconds).toBeGreaterThan(0)
  })

  it('every surrogate has a slope to draw, largest at the threshold', async () => {
    for (const { name } of catalogue.surrogates) {
      const { u, slope: s } = await slope({ surrogate: name, surrogateOptions: {} })
      expect(s).toHaveLength(u.length)
      expect(Math.max(...s)).toBeCloseTo(s[(u.length - 1) / 2]!, 5)
    }
  })
})
