import { setImmediate } from 'node:timers'

/**
 * Provides in Node what a page has: `navigator.gpu` and the constants of WebGPU, through Dawn (npm package `webgpu`).
 * Call it before importing a library that uses WebGPU, since some libraries read these globals only while they load.
 * Returns the adapter's name.
 */
export async function openGpu() {
  const { create, globals } = await import('webgpu')
  const gpu = create([])
  Object.assign(globalThis, globals)
  // Referenced by the global object: the process crashes if it is collected while a device exists.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: `Node.js/${process.versions.node}` } })
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) return null
  const { vendor, architecture, description } = adapter.info
  return [[vendor, architecture].filter((s) => s !== '').join(' '), description].filter((s) => s !== '').join(', ')
}

/**
 * Waits as our backend does: sleeps between iterations of the event loop, for a sixteenth of the time waited so far and
 * at most a millisecond. Dawn polls the device in every iteration, which otherwise keeps a core from a software
 * renderer. Without a GPU it simply awaits.
 */
export async function withBackoff(promise) {
  if (globalThis.navigator?.gpu === undefined) return promise
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const began = performance.now()
  let open = true
  const turn = () => {
    if (!open) return
    const nap = Math.min(1, (performance.now() - began) / 16)
    if (nap > 0.02) Atomics.wait(cell, 0, 0, nap)
    setImmediate(turn)
  }
  setImmediate(turn)
  try {
    return await promise
  } finally {
    open = false
  }
}
