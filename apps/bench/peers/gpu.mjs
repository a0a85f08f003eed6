import { setImmediate } from 'node:timers'

/**
 * What a page has and Node has not: `navigator.gpu` and the constants of WebGPU, by Dawn (npm package `webgpu`). Other
 * libraries look for them there. To be called before such a library is imported: some look once, when they are loaded.
 * Gives the adapter's name.
 */
export async function openGpu() {
  const { create, globals } = await import('webgpu')
  const gpu = create([])
  Object.assign(globalThis, globals)
  // Held by the global object: the process crashes where it is collected while a device lives.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: `Node.js/${process.versions.node}` } })
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) return null
  const { vendor, architecture, description } = adapter.info
  return [[vendor, architecture].filter((s) => s !== '').join(' '), description].filter((s) => s !== '').join(', ')
}

/**
 * Waits as our backend does: naps between the turns of the event loop, a sixteenth of what has been waited and a
 * millisecond at most. Dawn asks in every turn whether the device is done, which else keeps a core from a software renderer.
 * Where no GPU was opened it just waits.
 */
export async function patiently(promise) {
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
