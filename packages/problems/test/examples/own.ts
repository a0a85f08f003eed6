import { gridRegression } from '@spikeward/problems'

const saddle = gridRegression({
  name: 'saddle',
  domain: [
    [-1, 1],
    [0, 2],
  ],
  outputs: 1,
  target: ([a = 0, b = 0]) => [a * a - b * b],
  train: [16, 16],
  test: [21, 21],
  validation: 200,
})
console.log(saddle.points('validation').count) // 200
