import { jit, matmul, tanh, tensor, type Tensor } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'

const backend = await cpu({ threads: 2 })
const x = tensor([0.1, 0.2, 0.3, 0.4], { shape: [2, 2], backend })
const f = jit((a: Tensor) => tanh(matmul(a, a)))
console.log(await f(x).data()) // [0.070, 0.100, 0.149, 0.217]
await backend[Symbol.asyncDispose]()
