import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { declaredIn } from '@spikeward/core'
import * as problems from '../src/index.js'

const home = fileURLToPath(new URL('../src/pde', import.meta.url))
const declared = declaredIn({ ...problems }, 'problem')
const folders = readdirSync(home, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

describe('the folder of each PDE', () => {
  it('is named after the problem', () => {
    const pde = Object.values(declared).flatMap(({ declaration: { name, facts } }) =>
      facts['kind'] === 'regression' ? [] : [name],
    )
    expect(folders.sort()).toEqual(pde.sort())
  })

  it.each(folders)('%s has its problem, and a solver unless the solution is exact', (folder) => {
    const has = (file: string): boolean => existsSync(join(home, folder, file))
    expect(has('problem.ts')).toBe(true)
    const problem = readFileSync(join(home, folder, 'problem.ts'), 'utf8')
    // Problems of one equation share the solver of a folder, and fronts in the plane that of their kind.
    const shares = /from '\.\.\/\w+\/\w+\.js'|\bplaneFronts\(/.test(problem)
    const exact = /Solution\b/.test(problem)
    expect(exact || has('solution.ts') || has('solver.ts') || shares).toBe(true)
  })
})
