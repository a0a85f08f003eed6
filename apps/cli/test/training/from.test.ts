import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawn, run, tiny } from '../fakeIo.js'

const place = (name: string): string => join(folder, name)
const folder = mkdtempSync(join(tmpdir(), 'spikeward-from-'))

const errorOf = ({ out }: { readonly out: string }): number => (JSON.parse(out) as { relativeL2: number }).relativeL2

test('train --from starts from the weights of a run, takes its network, and refuses another shape', async () => {
  const first = await run('train', 'mexican-hat', ...drawn(tiny), '--out', place('first'), '--json')
  expect(first.code).toBe(0)
  const still = ['--steps', '1', '--learning-rate', '1e-30', '--optimizer', 'sgd', '--backend', 'reference']
  const again = ['train', 'mexican-hat', '--from', place('first'), ...still, '--json', '--quiet', '--no-figures']
  const next = await run(...again, '--readout-solve', '0', '--out', place('next'))
  expect([next.code, next.err]).toEqual([0, ''])
  expect(errorOf(next)).toBeCloseTo(errorOf(first), 6)
  const config = JSON.parse(readFileSync(join(place('next'), 'config.json'), 'utf8')) as Record<string, unknown>
  expect(config).toMatchObject({ from: place('first'), hidden: [6] })
  // Every command opens such a run as any other.
  const evaluated = await run('evaluate', place('next'), '--json', '--quiet')
  expect(errorOf(evaluated)).toBe(errorOf(next))

  const other = await run(...again, '--hidden', '7', '--out', place('other'))
  expect(other.code).toBe(2)
  expect(other.err).toContain('hidden is [6] there and [7] here')
  const nowhere = await run('train', 'mexican-hat', '--from', place('nowhere'), ...still, '--out', place('other'))
  expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining('is not a folder') as string])
})

test('an equation with another coefficient needs few steps from the weights of the first', async () => {
  const layer = (k: number): string => {
    const path = place(`layer-${k}.json`)
    const equation = {
      name: 'layer',
      axes: { x: [0, 1] },
      constants: { k },
      equations: ['u - k*u_xx = 1'],
      conditions: [{ dirichlet: { u: 0 } }],
      exact: { u: '1 - cosh((x - 0.5)/sqrt(k))/cosh(0.5/sqrt(k))' },
    }
    writeFileSync(path, JSON.stringify(equation))
    return path
  }
  const how = ['--spiking', 'none', '--backend', 'cpu', '--json', '--quiet', '--no-figures']
  const trained = (k: number, ...more: readonly string[]) => run('train', layer(k), ...how, ...more)
  await trained(0.01, '--out', place('layer'))
  const fresh = await trained(0.005, '--steps', '10', '--out', place('fresh'))
  const next = await trained(0.005, '--steps', '10', '--out', place('thinner'), '--from', place('layer'))
  expect(errorOf(fresh)).toBeGreaterThan(0.1)
  expect(errorOf(next)).toBeLessThan(0.01)
})
