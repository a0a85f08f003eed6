import { mathFunctions } from '../kernel/math.js'
import type { Import } from '../wasm/module.js'

/** The functions of f64 that modules import from JavaScript. */
export const imports: readonly Import[] = [
  ...mathFunctions.map((name): Import => ({ name, params: Array(Math[name].length).fill('f64'), result: 'f64' })),
  { name: 'rem', params: ['f64', 'f64'], result: 'f64' },
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
    rem: (x: number, y: number) => x % y,
    mark,
  },
})
