import { add, matmul, tanh, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { moduleFile } from '@spikeward/export'

const weight = tensor([[0.5], [-0.25]])
const text = await moduleFile({
  title: 'an example',
  inputs: ['x', 'y'],
  outputs: ['u'],
  domain: [
    [-1, 1],
    [-1, 1],
  ],
  sensors: null,
  places: null,
  apply: (x: Tensor) => add(tanh(matmul(x, weight)), 1),
})
type Module = { predict(rows: readonly (readonly number[])[]): number[][] }
const { predict } = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as Module
console.log(predict([[1, 2]])) // [[1]]
