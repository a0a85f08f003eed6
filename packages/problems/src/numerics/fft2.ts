import { fft } from './fft.js'
import type { Fft } from './fft.js'

/** The discrete Fourier transform of n × n values, row-major, in place: that of all rows, then of all columns. */
export function fft2(n: number): Fft {
  const line = fft(n)
  const [re, im] = [new Float64Array(n), new Float64Array(n)]
  const along = (run: Fft['forward'], a: Float64Array, b: Float64Array): void => {
    for (let i = 0; i < n; i++) run(a.subarray(i * n, (i + 1) * n), b.subarray(i * n, (i + 1) * n))
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < n; i++) {
        re[i] = a[i * n + j]!
        im[i] = b[i * n + j]!
      }
      run(re, im)
      for (let i = 0; i < n; i++) {
        a[i * n + j] = re[i]!
        b[i * n + j] = im[i]!
      }
    }
  }
  return {
    size: n * n,
    forward: (a, b) => along((x, y) => line.forward(x, y), a, b),
    inverse: (a, b) => along((x, y) => line.inverse(x, y), a, b),
  }
}
