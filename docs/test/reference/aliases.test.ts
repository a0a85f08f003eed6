/** Names by which the command finds what is declared. */
import type { Kind } from '@spikeward/core'
import { expect, test } from 'vitest'
import { allDeclared } from '../../scripts/allDeclared.js'

const kinds = Object.keys({
  backend: true,
  combinator: true,
  convention: true,
  derivative: true,
  deviceEstimator: true,
  distribution: true,
  encoder: true,
  estimator: true,
  network: true,
  neuron: true,
  optimizer: true,
  problem: true,
  readout: true,
  refinement: true,
  reset: true,
  schedule: true,
  solver: true,
  surrogate: true,
  task: true,
  transform: true,
  wrapper: true,
} satisfies Record<Kind, true>) as Kind[]

test.each(kinds)('no two of the kind %s share a name or an alias', (kind) => {
  const names = allDeclared(kind).flatMap(({ declaration }) => [declaration.name, ...declaration.aliases])
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})
