/** Every name of the API by topic is an export of the package that it links to. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as auto from '@spikeward/backend-auto'
import * as cpu from '@spikeward/backend-cpu'
import * as native from '@spikeward/backend-native'
import * as webgpu from '@spikeward/backend-webgpu'
import * as core from '@spikeward/core'
import * as coreBackend from '@spikeward/core/backend'
import * as distributed from '@spikeward/distributed'
import * as estimators from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import * as operators from '@spikeward/operators'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems'
import * as problemsNode from '@spikeward/problems/node'
import * as train from '@spikeward/train'

const exportsOf: Readonly<Record<string, object>> = {
  'backend-auto/src/index': auto,
  'backend-cpu/src/index': cpu,
  'backend-native/src/index': native,
  'backend-webgpu/src/index': webgpu,
  'core/src/backendEntry': coreBackend,
  'core/src/index': core,
  'distributed/src/index': distributed,
  'estimators/src/index': estimators,
  'neurons/src/index': neurons,
  'operators/src/index': operators,
  'optim/src/index': optim,
  'problems/src/index': problems,
  'problems/src/node': problemsNode,
  'train/src/index': train,
}
const text = readFileSync(new URL('../../reference/api.md', import.meta.url), 'utf8')
const lines = [...text.matchAll(/^\| .* \| \[(.*)\]\(\.\.\/\.\.\/packages\/(.*)\.ts\) \|$/gm)].map(
  ([, names = '', page = '']) => ({ page, names: [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name!) }),
)

test.each(lines)('$page: $names', ({ page, names }) => {
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((name) => !Object.hasOwn(exportsOf[page] ?? {}, name))).toEqual([])
})

test('the main entry of a package with several has the name of the package, after which the site names its page', () => {
  const packages = new URL('../../../packages/', import.meta.url)
  for (const name of readdirSync(packages)) {
    const manifest = new URL(`${name}/package.json`, packages)
    if (!existsSync(manifest)) continue
    const { exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly exports?: Record<string, object> }
    if (Object.keys(exports).filter((subpath) => subpath !== './package.json').length < 2) continue
    expect(readFileSync(new URL(`${name}/src/index.ts`, packages), 'utf8'), name).toContain(`@module ${name}\n`)
  }
})
