import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describe as inWords, draw, readImports, rows } from '../docs/picture.mjs'

const small = new Map([
  ['core', []],
  ['neurons', ['core']],
  ['operators', ['core', 'neurons']],
])

test('whoever imports stands above what it imports', () => {
  expect(rows(small)).toEqual([['operators'], ['neurons'], ['core']])
  expect(inWords(small, 'neurons')).toBe('neurons imports core; it is imported by operators')
  expect(draw(small, 'core').match(/<path class="mine"/g)).toHaveLength(2)
})

test('the pictures in the READMEs are those of the real imports', () => {
  const imports = readImports()
  for (const name of imports.keys()) {
    const file = `docs/images/graph/${name}.svg`
    expect(readFileSync(file, 'utf8'), `${file} is old; run: node scripts/draw-graph.mjs`).toBe(draw(imports, name))
  }
})

test('every README shows its place', () => {
  for (const name of readImports().keys()) {
    const folder = ['cli', 'bench', 'demo'].includes(name) ? 'apps' : 'packages'
    expect(readFileSync(`${folder}/${name}/README.md`, 'utf8'), name).toContain(`(../../docs/images/graph/${name}.svg)`)
  }
})
