/** Which codes the trial of an equation of a file compares. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-trial-of-codes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const heat = join(folder, 'heat.json')
writeFileSync(
  heat,
  JSON.stringify({
    name: 'heat',
    axes: { x: [0, 1], t: [0, 1] },
    equations: ['u_t = 0.1*u_xx'],
    conditions: [{ dirichlet: { u: 0 } }, { initial: { u: 'sin(pi*x)' } }],
    hard: { u: 'sin(pi*x) + x*(1 - x)*t*u' },
    exact: { u: 'exp(-0.1*pi^2*t)*sin(pi*x)' },
    points: { train: 6, test: 7, validation: 20 },
  }),
)

it('the trial of a spiking equation tries no code that has no use for an option of the command line', async () => {
  const codesOf = async (name: string, ...more: string[]): Promise<string | undefined> =>
    /^ *code, after steps: +(.*)/m.exec(await trialOf(name, ...more))?.[1]
  const trialOf = async (name: string, ...more: string[]): Promise<string> => {
    const small = ['--steps', '1', '--hidden', '4', '--collocation', '4', '--backend', 'reference', '--no-figures']
    const { code, err } = await run('train', heat, ...small, '--out', join(folder, name), ...more)
    expect(code, err).toBe(0)
    return err
  }
  expect(await codesOf('both')).toMatch(/rate .*firstSpike /)
  // A note that both codes have says nothing of either.
  expect(await codesOf('penalty', '--readout-penalty', '0.1')).toMatch(/rate .*firstSpike /)
  expect(await codesOf('steps', '--time', '4')).toMatch(/^rate [^,]*$/)
  expect(await codesOf('neuron', '--neuron', 'plif')).toMatch(/^rate [^,]*$/)
  expect(await codesOf('leak', '--beta', '0.9')).toMatch(/^rate [^,]*$/)
  const noted = await trialOf('noted', '--network', 'pinn(code=firstSpike)', '--estimator', 'bp', '--time', '4')
  expect(noted).toContain('note: --code firstSpike has no time; --time is ignored')
  for (const network of ['pinn(code=firstSpike)', 'separable-pinn']) {
    const fixed = await trialOf(network, '--network', network, '--estimator', 'bp')
    expect(fixed).not.toContain('code, after steps')
    expect(fixed).toMatch(/for comparison: +--spiking branch,trunk .*none /)
  }
})
