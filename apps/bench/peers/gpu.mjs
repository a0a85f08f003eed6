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
