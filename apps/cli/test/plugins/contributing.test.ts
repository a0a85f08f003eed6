import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { kebabCase } from '@spikeward/core'

const root = new URL('../../../../', import.meta.url)
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8')
const text = await read('CONTRIBUTING.md')
const rows = [...text.matchAll(/^\| a[n]? [^|]*like `(\w+)` \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$/gm)]

/**
 * Sources that a new factory does not need: settings of published runs, pages that several problems share, tuned
 * settings.
 */
const published = /\/reproduction\/|\/bench\/src\/suite\/|\/accuracy\/families\.ts$|\/experiment\/src\/tuned\//

describe('CONTRIBUTING on adding factories', () => {
  it('has at most 120 lines', () => expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(120))

  it('names ten examples', () => expect(rows.length).toBe(10))

  it.each(rows.map(([, name, file, index, test]) => [name!, file!, index!, test!]))(
    '%s is its file, its export and its row',
    async (name, file, index, test) => {
      const source = await read(file)
      expect(source).toContain(`export const ${name} = /* @__PURE__ */ defineFactory(`)
      expect(await read(index)).toContain(name)
      // A call of a contract, or an entry of a contract's table.
      expect(await read(test)).toMatch(new RegExp(`describe\\w+\\(.*\\b${name}\\b|^  ${name}: `, 'm'))
    },
  )

  it.each([
    ['superSpike', 'packages/neurons/src/surrogates/superSpike.ts'],
    ['resonateAndFire', 'packages/neurons/src/models/linear/resonateAndFire.ts'],
    ['pseudoZeroth', 'packages/estimators/src/feedback/pseudoZeroth.ts', 'src/pointsEntry.ts'],
    ['adaBelief', 'packages/optim/src/optimizers/adaBelief.ts'],
    ['deviceWeightPerturbation', 'packages/chip/src/training/estimators/deviceWeightPerturbation.ts'],
    ['separablePinn', 'packages/operators/src/networks/separablePinn.ts', 'src/networksEntry.ts'],
    ['advectionDiffusion', 'packages/problems/src/pde/advectionDiffusion/problem.ts', 'src/operatorsEntry.ts'],
    ['helmholtz2d', 'packages/problems/src/pde/helmholtz2d/problem.ts', 'src/equationsEntry.ts'],
  ])('%s is named by its file and its export alone', async (name, file, exported = 'src/index.ts') => {
    const sources = ['packages', 'apps'].flatMap((group) =>
      readdirSync(new URL(group, root)).flatMap((folder) => {
        const source = fileURLToPath(new URL(`${group}/${folder}/src`, root))
        const found = existsSync(source) ? readdirSync(source, { recursive: true, encoding: 'utf8' }) : []
        return found.filter((path) => /\.(ts|svelte)$/.test(path)).map((path) => join(source, path))
      }),
    )
    // Of a problem and a network also the name that commands take.
    const word = new RegExp(`\\b(${name}|${kebabCase(name)})\\b`)
    // A path is no name of the named: the package exports the solver of a problem too.
    const withoutPaths = (source: string): string => source.replaceAll(/from '[^']*'/g, '')
    const naming = await Promise.all(
      sources
        .filter((path) => !published.test(path))
        .map(async (path) => (word.test(withoutPaths(await readFile(path, 'utf8'))) ? [path] : [])),
    )
    const index = file.replace(/src\/.*/, exported)
    expect(naming.flat().sort()).toEqual([file, index].map((path) => fileURLToPath(new URL(path, root))).sort())
  })

  it('names the files of a PDE problem, and its tuned settings', async () => {
    for (const file of ['problem.ts', 'solver.ts'])
      expect((await read(`packages/problems/src/pde/poisson1d/${file}`)).length).toBeGreaterThan(0)
    expect(await read('packages/experiment/src/tuned/operators.ts')).toContain("'poisson-1d'")
  })

  it.each([
    [
      'a function of one number',
      /\barctan(Primitive|F|V)?\b/,
      '## How to add a primitive',
      '## How to add an operation',
    ],
    ['a function of two numbers', /\bpow(Primitive|F)?\b/, '## How to add a primitive', '## How to add an operation'],
    ['a routine like others', /\b(scatterMax|segmentMax)/, '## How to add an operation', '## How to add an option'],
    [
      'routines of a new kind',
      /\b(cholesky|triangularSolve|solveTriangular|solveSpd|linalg|linearAlgebra)/,
      null,
      null,
    ],
  ])('names at most eight files of %s, as CONTRIBUTING lists them', async (_, word, from, to) => {
    const homes = ['core', 'backend-cpu', 'backend-native', 'backend-webgpu', 'energy', 'export', 'testkit']
    const folders = [
      ...homes.map((home) => `packages/${home}/src/`),
      'packages/backend-native/native/',
      'packages/core/test/transforms/',
    ]
    const naming = await Promise.all(
      folders.flatMap((folder) =>
        readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
          .filter((path) => /\.(ts|cpp|hpp|inl)$/.test(path) && !path.endsWith('.test.ts'))
          .map(async (path) => (word.test(await read(folder + path)) ? [folder + path] : [])),
      ),
    )
    const files = naming.flat().sort()
    expect(files.length, files.join(', ')).toBeLessThanOrEqual(8)
    if (from === null) return
    const section = text.slice(text.indexOf(from), text.indexOf(to))
    const listed = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, file]) => file!)
    expect(listed.sort()).toEqual(files)
  })
})
