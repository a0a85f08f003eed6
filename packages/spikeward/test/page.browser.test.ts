import { expect, test } from 'vitest'
import { load, train } from 'spikeward'

const tiny = { hidden: [6], time: 4, steps: 12, batch: 8 } as const

test('a page trains on its fastest backend and predicts', async () => {
  await using run = await train({ problem: 'mexican-hat', estimator: 'rfg', key: 1, ...tiny })
  expect(Number.isFinite(run.relativeL2)).toBe(true)
  expect(['cpu', 'webgpu']).toContain(run.config.backend)
  const { values } = await run.predict({ points: [[0, 0]] })
  expect(Number.isFinite(values[0])).toBe(true)
})

test('what needs Node is refused with the reason', async () => {
  await using run = await train({ problem: 'parabola', backend: 'cpu', ...tiny })
  await expect(run.save('run')).rejects.toMatchObject({ code: 'NEEDS_NODE' })
  await expect(load('run')).rejects.toMatchObject({ code: 'NEEDS_NODE' })
  await expect(train({ problem: './equation.json' })).rejects.toMatchObject({ code: 'NEEDS_NODE' })
  await expect(train({ problem: 'some-package#problem' })).rejects.toMatchObject({ code: 'NEEDS_NODE' })
})
