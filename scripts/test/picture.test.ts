import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describe as inWords, directImports, draw, readImports, rows } from '../docs/picture.mjs'
import { workspaceFolders } from '../lib/files.mjs'

const small = new Map([
  ['core', []],
  ['neurons', ['core']],
  ['operators', ['core', 'neurons']],
])

test('an importing package is drawn above what it imports', () => {
  expect(rows(small)).toEqual([['operators'], ['neurons'], ['core']])
  expect(inWords(small, 'neurons')).toBe('neurons imports core; it is imported by operators')
  expect(directImports(small).get('operators')).toEqual(['neurons'])
  expect(draw(small, 'core').match(/<path class="mine"/g)).toHaveLength(2)
})

test('the pictures in the READMEs are those of the real imports', () => {
  const imports = readImports()
  for (const name of [...imports.keys(), null]) {
    const file = `docs/images/graph/${name ?? 'all'}.svg`
    expect(readFileSync(file, 'utf8'), `${file} is old; run: node scripts/draw-graph.mjs`).toBe(draw(imports, name))
  }
})

test('an import after a line of comment counts', () => {
  expect(readImports().get('train')).toContain('backend-cpu')
})

test('every README names each external dependency', () => {
  const words = (name: string): string => (name.startsWith('@tensorflow/') ? 'TensorFlow.js' : name)
  for (const folder of [...workspaceFolders()].filter((f) => existsSync(`${f}/README.md`) && f !== 'docs')) {
    type Names = Readonly<Record<string, string>>
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as {
      readonly dependencies?: Names
      readonly peerDependencies?: Names
    }
    const readme = readFileSync(`${folder}/README.md`, 'utf8')
    // Apps, studies, the pipeline and the package to begin with depend on all packages of the repository.
    const all = Object.keys({ ...dependencies, ...peerDependencies })
    const named = /^(apps\/|studies)|\/(experiment|spikeward)$/.test(folder)
      ? all.filter((name) => !name.startsWith('@spikeward/'))
      : all
    expect(named.filter((name) => !readme.includes(words(name)))).toEqual([])
  }
})

test('every README shows its place', () => {
  for (const name of readImports().keys()) {
    const folder = existsSync(`apps/${name}`) ? 'apps' : 'packages'
    expect(readFileSync(`${folder}/${name}/README.md`, 'utf8'), name).toContain(`(../../docs/images/graph/${name}.svg)`)
  }
})
