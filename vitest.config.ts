/** Tests in Node: `npx vitest run packages/core`. */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { browserOnly, sourceCondition, testFiles, timeouts } from './vitest.shared.js'

const conditions = [sourceCondition, 'module', 'node', 'development|production']

/** Tests that start browsers, servers or processes and look at the clock: one file at a time, after the others. */
const alone = ['{apps,docs,scripts,examples}/**/*.test.ts', 'packages/{backend-webgpu,train}/**/*.test.ts']
const exclude = ['**/node_modules/**', browserOnly]
const resolve = { conditions }
const ssr = { resolve: { conditions, externalConditions: [sourceCondition, 'node'] } }
const cores = availableParallelism()

export default defineConfig({
  resolve,
  ssr,
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          ...timeouts,
          include: testFiles,
          exclude: [...exclude, ...alone],
          // The default leaves one core free: of two, one.
          maxWorkers: Math.max(Math.min(2, cores), cores - 1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'node, alone',
          environment: 'node',
          ...timeouts,
          include: testFiles,
          exclude: [...exclude, 'packages/!(backend-webgpu|train)/**'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
