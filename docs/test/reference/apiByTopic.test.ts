/** Every name of the API by topic is an export of the package that it links to. */
import { readFileSync } from 'node:fs'
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
  'backend-auto/backend-auto': auto,
  'backend-cpu': cpu,
  'backend-native': native,
  'backend-webgpu': webgpu,
  'core/backend': coreBackend,
  'core/core': core,
  'distributed/distributed': distributed,
  estimators,
  neurons,
  operators,
  optim,
  'problems/problems': problems,
  'problems/node': problemsNode,
  'train/train': train,
}
const text = readFileSync(new URL('../../reference/api.md', import.meta.url), 'utf8')
const lines = [...text.matchAll(/^\| .* \| \[(.*)\]\(\.\.\/api\/@spikeward\/(.*)\.md\) \|$/gm)].map(
  ([, names = '', page = '']) => ({ page, names: [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name!) }),
)

test.each(lines)('$page: $names', ({ page, names }) => {
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((name) => !Object.hasOwn(exportsOf[page] ?? {}, name))).toEqual([])
})
