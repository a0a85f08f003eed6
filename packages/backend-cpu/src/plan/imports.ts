import { mathFunctions } from '../kernel/math.js'
import type { Import } from '../wasm/module.js'

const binary = ['pow', 'rem'] as const

/** The functions of f64 that modules import from JavaScript. */
export const imports: readonly Import[] = [
  ...mathFunctions.map((name): Import => ({ name, params: ['f64'], result: 'f64' })),
  ...binary.map((name): Import => ({ name, params: ['f64', 'f64'], result: 'f64' })),
]

/** The additional import of a profiled module: thread 0 calls it with the number of the phase that has ended. */
export const markImport: Import = { name: 'mark', params: ['i32'] }

/** The import object of a module; workers make an equal one (`threads/workerSource.ts`). */
export const importObject = (
  memory: WebAssembly.Memory,
  mark: (phase: number) => void = () => undefined,
): WebAssembly.Imports => ({
  env: {
    memory,
    ...Object.fromEntries(mathFunctions.map((name) => [name, Math[name]])),
    // IEEE 754: pow(1, y) = pow(−1, ±∞) = 1, where JavaScript gives NaN.
    pow: (x: number, y: number) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y)),
    rem: (x: number, y: number) => x % y,
    mark,
  },
})
