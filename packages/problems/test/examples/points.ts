import { mexicanHat, relativeL2 } from '@spikeward/problems'

const problem = mexicanHat({ s: 0.4 })
const { y, count } = problem.points('test') // x: [4225 × 2], y: [4225 × 1], flat and row-major
console.log(count, relativeL2(new Float64Array(count), y)) // 4225 1: predicting zero is 100 % wrong
