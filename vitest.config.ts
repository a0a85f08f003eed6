/** Tests in Node: `npx vitest run packages/core`. */
import { defineConfig } from 'vitest/config'
import { browserOnly, sourceCondition, testFiles, testTimeout } from './vitest.shared.js'

const conditions = [sourceCondition, 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: [sourceCondition, 'node'] } },
  test: {
    name: 'node',
    environment: 'node',
    include: testFiles,
    testTimeout,
    exclude: ['**/node_modules/**', browserOnly],
  },
})
