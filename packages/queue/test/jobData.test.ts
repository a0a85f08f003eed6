import { expect, test } from 'vitest'
import { jobDataOf } from '../src/jobData.js'

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

test('a job of 200,000 nested lists is refused with a code', () => {
  const job = { label: 'deep', work: { task: 'any', input: nested(200_000) } }
  expect(() => jobDataOf(job, 'trials')).toThrow(/^deep has lists or records that are nested .* \[JOB_INVALID\]$/)
})

test('a job of 100 nested lists is read', () => {
  const work = { task: 'any', input: nested(100) }
  expect(jobDataOf({ label: 'a', work }, 'trials')).toEqual({ label: 'a', work })
})
