import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { poisson1d } from '@spikeward/problems'
import { cachedData, loadData } from '@spikeward/problems/node'

const folder = await mkdtemp(join(tmpdir(), 'spikeward-'))
const problem = cachedData(poisson1d({ train: 20, validation: 5, test: 5 }), { folder })
const once = await problem.data('train', { onProgress: ({ done, total }) => console.log(done / total) })

// A table of your own: three functions at two sensors, and their solutions at three places.
await writeFile(join(folder, 'own.csv'), 'f_0,f_1,u_0,u_1,u_2\n1,2,0,1,0\n3,4,0,2,0\n5,6,0,3,0\n')
const own = await loadData(join(folder, 'own.csv'), {
  inputs: 'f',
  outputs: 'u',
  split: { validation: 0, test: 1 / 3 },
})
console.log(once.count, own.sizes.train, own.sizes.test) // 20 2 1
