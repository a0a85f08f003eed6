import { expect, test } from 'vitest'
import { aligned, growingAllocator } from '../../src/backendKit/growingAllocator.js'

/** An allocator of 256 bytes that grows by half of a KiB, once. */
function growsOnce() {
  const asked: number[] = []
  let size = 256
  const allocator = growingAllocator(0, size, {
    backend: 'test',
    capacity: 768,
    remedy: ', or give the test more',
    grow(bytes, list) {
      asked.push(bytes)
      if (size > 256) return false
      list.free(size, 512)
      size += 512
      return true
    },
  })
  return { ...allocator, asked }
}

test('sizes are rounded up to whole cache lines', () => {
  expect([0, 1, 64, 65].map(aligned)).toEqual([0, 64, 64, 128])
})

test('allocations start at multiples of 64, those of no bytes too, and what was freed is taken again', () => {
  const { allocate, free, asked } = growsOnce()
  expect([allocate(65, 'a'), allocate(0, 'b'), allocate(1, 'c')]).toEqual([0, 128, 192])
  free(0, 65)
  expect(allocate(128, 'd')).toBe(0)
  expect(asked).toEqual([])
})

test('the memory grows if no free range is long enough; the error has what is in use, and the remedy of the backend', () => {
  const { allocate, free, asked } = growsOnce()
  expect(allocate(200, 'a')).toBe(0)
  expect(allocate(300, 'b')).toBe(256)
  expect(asked).toEqual([320])
  expect(() => allocate(200, 'the workspace')).toThrow(
    'the workspace needs 200 bytes; 576 of the 768 bytes of the test backend are in use, and no free range is long enough; ' +
      'free tensors, or use smaller batches, chunks of time or fewer directions, or give the test more [OUT_OF_MEMORY]',
  )
  free(0, 200)
  expect(allocate(200, 'c')).toBe(0)
})
