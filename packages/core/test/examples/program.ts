import { grad, printProgram, sum, tanh, tensor, trace } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

const f = (x: Tensor) => sum(tanh(x))
console.log(printProgram(trace(grad(f), tensor([1, 2, 3])).program))
