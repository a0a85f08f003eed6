import { gaussianProcess, generatedProblem, rbf, sampleFunctions } from '@spikeward/problems'

// The antiderivative: f ↦ ∫ f from 0 to x, by the trapezoidal rule on 200 cells.
const line = Float64Array.from({ length: 201 }, (_, i) => i / 200)
const sensors = Float64Array.from({ length: 21 }, (_, i) => i / 20)
const space = gaussianProcess({ kernel: rbf({ length: 0.3 }), domain: [0, 1] })
const problem = generatedProblem({
  name: 'antiderivative',
  axes: ['x'],
  domain: [[0, 1]],
  sensors: { x: sensors, count: 21, axes: 1, grid: [21] },
  at: { kind: 'grid', axes: [sensors] },
  sizes: { train: 20, validation: 5, test: 5 },
  key: 0,
  signature: `${space.name}; trapezoidal rule`,
  sample: (key, n) => sampleFunctions(space, key, n),
  solve(f) {
    let sum = 0
    const v = f(line)
    const all = v.map((y, i) => (sum += i === 0 ? 0 : (y + v[i - 1]!) / 400))
    return all.filter((_, i) => i % 10 === 0)
  },
  physics: null,
})
console.log((await problem.data('train')).values.length) // 420 = 20 functions × 21 points
