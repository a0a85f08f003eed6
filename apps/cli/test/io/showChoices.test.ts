import { expect, test } from 'vitest'
import { machineName } from '@spikeward/backend-auto'
import { showChoices } from '../../src/io/showChoices.js'

const choice = (candidates: string) => ({
  machine: machineName(),
  workload: 'mlp by rfg, about 8^5 operations',
  candidates,
  name: 'cpu',
  measured: [],
  date: '2026-01-31',
})

test('choices for one kind of step differ by the options of the backends', () => {
  const shown = showChoices([choice('[["cpu"],{}]'), choice('[["cpu"],{"threads":1}]')], 'a file')
  expect(shown).toMatch(/^\| mlp by rfg, about 33 thousand operations +\| cpu/m)
  expect(shown).toMatch(/^\| mlp by rfg, about 33 thousand operations, threads 1 +\| cpu/m)
})

test.each(['', '{', 'null', '[]', '[["cpu"],null]'])('candidates of another form, %j, are left out', (candidates) => {
  expect(showChoices([choice(candidates)], 'a file')).toMatch(/about 33 thousand operations +\| cpu/)
})
