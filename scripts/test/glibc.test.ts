import { expect, test } from 'vitest'
import { glibcOf, isNewer } from '../../packages/backend-native/scripts/glibcOf.mjs'
import { oldestGlibc } from '../../packages/backend-native/scripts/toolchains.mjs'

const file = (...texts: readonly string[]): Buffer => Buffer.from(`\x7fELF\0${texts.join('\0')}\0`, 'latin1')

test('the newest glibc that an addon asks for is found, number by number', () => {
  expect(glibcOf(file('libc.so.6', 'GLIBC_2.2.5', 'GLIBC_2.27', 'GLIBC_2.3.2', 'exp'))).toBe('2.27')
  expect(glibcOf(file('GLIBC_2.9', 'GLIBC_2.38'))).toBe('2.38')
  expect(glibcOf(file('libsystem', 'GLIBC_PRIVATE', 'not GLIBC_2.40'))).toBe('')
})

test('versions that Node 20 runs with are not newer than the oldest', () => {
  expect(isNewer('2.27', oldestGlibc)).toBe(false)
  expect(isNewer('2.28', oldestGlibc)).toBe(false)
  expect(isNewer('2.29', oldestGlibc)).toBe(true)
  expect(isNewer('2.4', oldestGlibc)).toBe(false)
})
