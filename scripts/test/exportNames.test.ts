import { expect, it } from 'vitest'

/** The packages that a program imports from, side by side. */
const packages = {
  core: () => import('../../packages/core/src/index.ts'),
  neurons: () => import('../../packages/neurons/src/index.ts'),
  estimators: () => import('../../packages/estimators/src/index.ts'),
  optim: () => import('../../packages/optim/src/index.ts'),
  operators: () => import('../../packages/operators/src/index.ts'),
  problems: () => import('../../packages/problems/src/index.ts'),
  train: () => import('../../packages/train/src/index.ts'),
}

it('no two packages export the same name for different things', async () => {
  const owners = new Map<string, Map<unknown, string[]>>()
  for (const [owner, load] of Object.entries(packages)) {
    for (const [name, value] of Object.entries(await load())) {
      const meanings = owners.get(name) ?? new Map<unknown, string[]>()
      meanings.set(value, [...(meanings.get(value) ?? []), owner])
      owners.set(name, meanings)
    }
  }
  const shared = [...owners].filter(([, meanings]) => meanings.size > 1)
  expect(shared.map(([name, meanings]) => `${name}: ${[...meanings.values()].flat().join(', ')}`)).toEqual([])
})
