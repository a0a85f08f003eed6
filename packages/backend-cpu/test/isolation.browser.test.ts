import { expect, test } from 'vitest'

// Threads in a page depend on this: a server that loses the two headers would silently fall back to one thread.
test('the test page is isolated from other origins, so that memory can be shared', () => {
  expect(globalThis.crossOriginIsolated).toBe(true)
  expect(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer).toBeInstanceOf(SharedArrayBuffer)
})
