import { key, ones } from '@spikeward/core'
import { doubles, nirNetwork, readNir, writeNir } from '@spikeward/nir'
import type { NirGraph } from '@spikeward/nir'

const shape = { shape: [1], data: BigInt64Array.of(2n) }
const graph: NirGraph = {
  type: 'NIRGraph',
  nodes: {
    input: { type: 'Input', parameters: { shape }, metadata: {} },
    affine: {
      type: 'Affine',
      parameters: { weight: doubles([2, 2], [500, 0, 0, 250]), bias: doubles([2], [0, 0]) },
      metadata: {},
    },
    neurons: {
      type: 'IF',
      parameters: { r: doubles([2], [1, 1]), v_threshold: doubles([2], [1, 1]), v_reset: doubles([2], [0, 0]) },
      metadata: {},
    },
    output: { type: 'Output', parameters: { shape }, metadata: {} },
  },
  edges: [
    ['input', 'affine'],
    ['affine', 'neurons'],
    ['neurons', 'output'],
  ],
  metadata: {},
}
const again = await readNir(await writeNir(graph)) // bytes of an HDF5 file, as NIR's own tools read and write them
const network = nirNetwork(again, { dt: 1e-3, time: 16 })
console.log(await network.apply(network.init(key(0)), ones([1, 2])).data()) // [0.3125, 0.1875]
