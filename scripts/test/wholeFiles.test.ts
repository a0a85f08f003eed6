/** Files appear whole or not at all: only six places write without `writeWhole`. */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, workspaceFolders } from '../lib/files.mjs'
import { root } from '../lib/setup.mjs'

const sources = workspaceFolders(root)
  .filter((folder) => /^packages\/|^apps\/(cli|create-spikeward)$/.test(folder))
  .flatMap((folder) => [
    ...filesUnder(join(root, folder, 'src'), /\.ts$/),
    ...filesUnder(join(root, folder, 'bin'), /\.mjs$/),
  ])
  .map((path) => relative(root, path))

/** The places that may write otherwise, and why a truncated file does no harm there. */
const allowed = {
  'apps/create-spikeward/bin/scaffold.mjs': 'it copies a new project, and refuses a folder that has files',
  'packages/core/src/node/durableFiles.ts': 'it is the function that writes a file whole',
  'packages/experiment/src/node/stream/learnerStore.ts':
    'samples are added to the end of a journal: a line that is cut short was not acknowledged',
  'packages/train/src/node/claim/generations.ts': 'a claim that is cut short expires like any other',
  'packages/train/src/node/openOwn.ts':
    'it opens claims to read, and metrics, whose lines are added at the end: a line that is cut short is removed',
  'packages/train/src/node/tensorboard/tensorboardFile.ts':
    'records with checksums are added at the end, and TensorBoard passes over one that is cut short',
}

/** Ways to open a file for reading. */
const reading = [
  'packages/problems/src/node/files/openDataFile.ts',
  'packages/problems/src/node/shards/openShards.ts',
  'packages/experiment/src/node/stream/readText.ts',
]

test('every figure, table, array, checkpoint and event file is written whole', ({ task }) => {
  expect(sources.length).toBeGreaterThan(500)
  const imports = /import \{([^}]*)\} from 'node:fs(?:\/promises)?'/g
  const writing = /^(?:writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|open|openSync)$/
  const found = sources.filter((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(imports)]
      .flatMap(([, names]) => names!.split(',').map((name) => name.trim()))
      .some((name) => writing.test(name)),
  )
  expect(found.sort()).toEqual([...Object.keys(allowed), ...reading].sort())
  Object.assign(task.meta, {
    figures: { 'files that write by other means, each for a stated reason': Object.keys(allowed).length },
  })
})
