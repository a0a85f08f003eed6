import { triangleMesh } from '@spikeward/problems'
import { meshIn } from '../../../../packages/problems/src/node/readMesh.js'
import { damagedText } from './damage.js'
import type { Format } from './format.js'

/** A square of two triangles, and a segment of its boundary, in both versions of the format. */
const squares = [
  `$MeshFormat
2.2 0 8
$EndMeshFormat
$Nodes
4
1 0 0 0
2 1 0 0
3 1 1 0
4 0 1 0
$EndNodes
$Elements
3
1 1 2 0 1 1 2
2 2 2 0 1 1 2 3
3 2 2 0 1 1 3 4
$EndElements
`,
  `$MeshFormat
4.1 0 8
$EndMeshFormat
$Nodes
2 4 1 9
0 1 0 1
1
0 0 0
2 1 0 3
5
7
9
1 0 0
1 1 0
0 1 0
$EndNodes
$Elements
2 3 1 3
1 1 1 1
1 1 5
2 1 2 2
2 1 5 7
3 1 7 9
$EndElements
`,
]

const odd = [
  '$',
  '$Nodes\n',
  '$Elements\n',
  '\n',
  ' ',
  '-',
  '.',
  'e',
  '1e300',
  '1e-300',
  'nan',
  'Infinity',
  '0x10',
  '2',
  '4.1',
]

const utf8 = new TextEncoder()

/** Gmsh files, whose triangles become a shape. */
export const meshFormat: Format = {
  name: 'mesh',
  hdf5: false,
  seconds: 2,
  make: (random) => utf8.encode(damagedText(squares[random(squares.length)]!, odd, random)),
  read: async (bytes) => void triangleMesh(meshIn(new TextDecoder().decode(bytes), 'case.msh')),
}
