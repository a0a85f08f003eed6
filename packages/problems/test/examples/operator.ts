import { meanRelativeL2, poisson1d, relativeL2 } from '@spikeward/problems'

const problem = poisson1d({ train: 100, validation: 20, test: 50 })
const { sensors, values, count } = await problem.data('test') // sensors: [50 × 51], values: [50 × 51], flat
console.log(count, sensors.length, values.length)

const guess = values.map((v) => 1.1 * v)
console.log(relativeL2(guess, values), meanRelativeL2(guess, values, count)) // 0.1 pooled, 0.1 mean per function
