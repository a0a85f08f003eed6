/** A flag next to the same option in parentheses changes nothing: the run notes it. */
import { expect, test } from 'vitest'
import { configOf } from '../../src/config/configOf.js'
import type { TrainOptions } from '../../src/config/trainConfig.js'

async function notes(options: Partial<TrainOptions>, problem = 'mexican-hat'): Promise<string> {
  let text = ''
  const basic = { key: 0, backend: 'reference', json: false, quiet: true } as TrainOptions
  await configOf(problem, { ...basic, ...options }, { err: (more) => (text += more) })
  return text
}

test.each<readonly [Partial<TrainOptions>, string]>([
  [
    { neuron: 'lif(beta=0.8)', declared: { beta: 0.7 } },
    'the neuron lif(beta=0.8) sets beta in its parentheses; --beta',
  ],
  [
    { estimator: 'rfg(directions=3)', declared: { directions: 5 } },
    'the estimator rfg(directions=3) sets directions in its parentheses; --directions',
  ],
  [{ schedule: 'cosine(floor=0.1)', declared: { floor: 0.2 } }, 'sets floor in its parentheses; --floor'],
])('%o is noted', async (options, said) => {
  expect(await notes(options)).toContain(`${said} is ignored`)
})

test.each<Partial<TrainOptions>>([
  { neuron: 'lif(beta=0.8)' },
  { neuron: 'lif', declared: { beta: 0.7 } },
  { neuron: 'lif(threshold=0.5)', declared: { beta: 0.7 } },
  // One of the two is without an option of its own.
  { estimator: 'perBlock(layers=rfg(directions=3), readout=rfg)', declared: { directions: 5 } },
])('%o is not', async (options) => {
  expect(await notes(options)).not.toContain('parentheses')
})

test('so is one next to an option of the problem or of the network', async () => {
  const train = await notes({ declared: { train: 80 } }, 'parabola(train=50)')
  expect(train).toContain('the problem parabola(train=50) sets train in its parentheses; --train is ignored')
  const gain = await notes({ network: 'deeponet(gain=2)', declared: { gain: 1 } }, 'diffusion')
  expect(gain).toContain('the network deeponet(gain=2) sets gain in its parentheses; --gain is ignored')
})

test('names and aliases of problems and networks set nothing', async () => {
  expect(await notes({ declared: { s: 0.3 } }, 'mexicanHat')).not.toContain('parentheses')
  const modified = { network: 'modified-pinn', spiking: 'branch,trunk', declared: { residual: true } } as const
  expect(await notes(modified, 'poisson-pinn')).not.toContain('parentheses')
})

test('a setting that the network lacks is refused if the problem has an option of that name', async () => {
  await expect(notes({ points: 32 }, 'nagumo-2d')).rejects.toThrow("in parentheses: 'nagumo-2d(points=…)'")
  expect(await notes({ points: 32 }, 'darcy-2d')).not.toContain('points')
  expect(await notes({ points: 32, network: 'fno' }, 'darcy-2d')).toContain('--points is ignored')
  expect(await notes({}, 'nagumo-2d(points=32)')).toBe('')
})
