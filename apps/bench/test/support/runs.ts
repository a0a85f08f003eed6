import type { AnyRun } from '../../src/run/run.js'

/** A run whose numbers do not matter. */
export const someRun = (changes: Partial<AnyRun> & Readonly<Record<string, unknown>> = {}): AnyRun => ({
  schema: 1,
  command: 'step',
  line: 'npm run -s bench -- step',
  date: '2026-01-02T03:04:05.000Z',
  seconds: 1,
  machine: { processor: 'A <processor>', cores: 2, memoryGiB: 4, os: 'an OS' },
  versions: { node: '20.0.0' },
  commit: '0123456789abcdef',
  dirty: false,
  settings: {},
  samples: {},
  ...changes,
})
