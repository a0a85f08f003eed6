/** The equations of the page on DeepXDE: the file and the program state the same, and both train. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import type { PinnProblem } from '@spikeward/core'
import { gaussNewton } from '@spikeward/estimators'
import { readEquation } from '@spikeward/experiment/node'
import { pinn, stencilDerivatives, withCoefficients } from '@spikeward/operators'
import { sgd } from '@spikeward/optim'
import { fit, pinnTask } from '@spikeward/train'
import { blocks } from './support/blocks.js'

const own = (await blocks()).filter(({ page }) => page === 'start/deepxde.md')
const equations = own.flatMap(({ language, code, number }) => {
  const program = own.find((b) => b.number === number + 1)
  return language === 'json' && program !== undefined ? [{ code, program }] : []
})
const folder = await mkdtemp(join(tmpdir(), 'spikeward-deepxde-'))
/** Programs find the packages from here. */
const programs = fileURLToPath(new URL('.blocks/deepxde/', import.meta.url))
await mkdir(programs, { recursive: true })
afterAll(() => Promise.all([folder, programs].map((path) => rm(path, { recursive: true, force: true }))))

/** The losses of three steps. */
async function losses(problem: PinnProblem): Promise<readonly number[]> {
  const { axes, domain, outputs } = problem
  const { unknown } = problem.physics
  const network = pinn({ axes: axes.length, outputs, block: { kind: 'smooth', hidden: [6] }, domain })
  const physics = { differentiate: stencilDerivatives({ step: 0.1, accuracy: 4 }), interior: 16 }
  const run = { estimator: gaussNewton(), optimizer: sgd(1), key: 0, steps: 3, every: 1 }
  const found: number[] = []
  const events =
    unknown === undefined
      ? fit({ ...run, task: pinnTask({ network, problem, physics }) })
      : fit({ ...run, task: pinnTask({ network: withCoefficients(network, unknown), problem, physics }) })
  for await (const event of events) if (event.type === 'metrics') found.push(event.loss)
  return found
}

it('there are ten of them', () => expect(equations).toHaveLength(10))

it.each(equations.map((e) => [e.program.kind, e] as const))('%s trains alike in both forms', async (name, e) => {
  const file = join(folder, `${name}.json`)
  await writeFile(file, e.code)
  const program = join(programs, `${name}.ts`)
  await writeFile(program, e.program.code)
  const stated = ((await import(/* @vite-ignore */ program)) as Readonly<Record<string, PinnProblem>>)[name]!
  const read = await readEquation(file)
  expect(read.name).toBe(stated.name)
  const [ofFile, ofProgram] = await Promise.all([read, stated].map(losses))
  expect(ofFile).toHaveLength(3)
  for (const [i, loss] of ofFile!.entries()) {
    expect(Number.isFinite(loss)).toBe(true)
    expect(Math.abs(loss / ofProgram![i]! - 1)).toBeLessThan(1e-3)
  }
  if (read.target !== undefined)
    expect(Math.max(...read.points('test').y.map((y, i) => Math.abs(y - stated.points('test').y[i]!)))).toBeLessThan(
      1e-6,
    )
})
